#include "agent/qdrant/reason.h"

#include <cerrno>

#include "common/status.h"

namespace fleet::agent {

namespace {

constexpr char kPayload[] = "reason";

absl::Status With(absl::Status status, std::string_view reason) {
  status.SetPayload(kPayload, absl::Cord(std::string(reason)));
  return status;
}

}  // namespace

absl::Status Refuse(std::string_view reason, std::string_view message) {
  return With(FailedPrecondition(message), reason);
}

absl::Status Fail(std::string_view reason, std::string_view message) { return With(Aborted(message), reason); }

bool IsRefusal(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) && status.GetPayload(kPayload).has_value();
}

std::string ReasonOf(const absl::Status& status) {
  if (const auto reason = status.GetPayload(kPayload)) return std::string(*reason);
  const int error = ErrnoOf(status);
  return error == ENOSPC || error == EDQUOT || error == EFBIG ? "no_space" : "error";
}

}  // namespace fleet::agent
