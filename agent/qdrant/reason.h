#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>

namespace fleet::agent {

// Failures of operations on Qdrant carry a word for programs beside the sentence for people.

// Nothing was begun, and trying again changes nothing before the cause is gone: FailedPrecondition.
absl::Status Refuse(std::string_view reason, std::string_view message);
// It was begun and did not succeed: Aborted.
absl::Status Fail(std::string_view reason, std::string_view message);

bool IsRefusal(const absl::Status& status);
// "no_space" of a full disk, "error" of statuses that carry no word.
std::string ReasonOf(const absl::Status& status);

}  // namespace fleet::agent
