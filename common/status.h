#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <utility>

namespace fleet {

// Constructors that take std::string_view (Debian's Abseil has its own, incompatible string_view).
// A message says what, where and what to do next, without a full stop: "cannot read X: it is a FIFO; move it away".
absl::Status InvalidArgument(std::string_view message);
absl::Status NotFound(std::string_view message);
absl::Status AlreadyExists(std::string_view message);
absl::Status FailedPrecondition(std::string_view message);
absl::Status Aborted(std::string_view message);
absl::Status Unavailable(std::string_view message);
absl::Status ResourceExhausted(std::string_view message);
absl::Status PermissionDenied(std::string_view message);
absl::Status DataLoss(std::string_view message);
absl::Status Internal(std::string_view message);

// The one place where errno becomes a Status: "<what>: <text of error>". ErrnoOf gives it back; 0 when the status
// does not come from there.
absl::Status FromErrno(int error, std::string_view what);
int ErrnoOf(const absl::Status& status);

// The same status with "<context>: " before its message.
absl::Status Annotate(const absl::Status& status, std::string_view context);

std::string MessageOf(const absl::Status& status);

}  // namespace fleet

#define RETURN_IF_ERROR(expression)                                                                    \
  do {                                                                                                 \
    if (absl::Status status_or_return = (expression); !status_or_return.ok()) return status_or_return; \
  } while (false)

#define FLEET_CONCAT_INNER(a, b) a##b
#define FLEET_CONCAT(a, b) FLEET_CONCAT_INNER(a, b)
#define ASSIGN_OR_RETURN(target, expression) \
  ASSIGN_OR_RETURN_IMPL(FLEET_CONCAT(status_or_value_, __LINE__), target, expression)
#define ASSIGN_OR_RETURN_IMPL(temporary, target, expression) \
  auto temporary = (expression);                             \
  if (!temporary.ok()) return temporary.status();            \
  target = *std::move(temporary)
