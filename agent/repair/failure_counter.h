#pragma once

#include <absl/status/status.h>

#include <optional>
#include <string>
#include <string_view>

#include "agent/repair/plan.h"

namespace fleet::agent {

// How often a repair failed on a subject since it last succeeded, remembered in the state folder. After the second time
// it is a person's turn. One thread.
class FailureCounter {
 public:
  static constexpr int kLimit = 2;

  explicit FailureCounter(const std::string& state) : folder_(state + "/failures") {}

  int Count(std::string_view repair, std::string_view root, std::string_view subject) const;
  // "failed_twice", when that is so.
  std::optional<Refusal> WhyNotAgain(std::string_view repair, std::string_view root, std::string_view subject) const;
  absl::Status Add(std::string_view repair, std::string_view root, std::string_view subject);
  absl::Status Clear(std::string_view repair, std::string_view root, std::string_view subject);

 private:
  std::string PathFor(std::string_view repair, std::string_view root, std::string_view subject) const;

  std::string folder_;
};

}  // namespace fleet::agent
