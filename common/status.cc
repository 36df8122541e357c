#include "common/status.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace fleet {

namespace {

constexpr char kErrnoPayload[] = "errno";

absl::Status Make(absl::StatusCode code, std::string_view message) { return absl::Status(code, std::string(message)); }

absl::StatusCode CodeOf(int error) {
  switch (error) {
    case ENOENT: return absl::StatusCode::kNotFound;
    case EEXIST: return absl::StatusCode::kAlreadyExists;
    case EACCES:
    case EPERM: return absl::StatusCode::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM: return absl::StatusCode::kResourceExhausted;
    case EROFS:
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    case EXDEV:
    case ENOTEMPTY: return absl::StatusCode::kFailedPrecondition;
    case EIO:
    case ESTALE:
    case EUCLEAN: return absl::StatusCode::kDataLoss;
    case EAGAIN:
    case EINTR:
    case EBUSY: return absl::StatusCode::kUnavailable;
    case EINVAL:
    case ENAMETOOLONG: return absl::StatusCode::kInvalidArgument;
    default: return absl::StatusCode::kUnknown;
  }
}

}  // namespace

absl::Status InvalidArgument(std::string_view message) { return Make(absl::StatusCode::kInvalidArgument, message); }
absl::Status NotFound(std::string_view message) { return Make(absl::StatusCode::kNotFound, message); }
absl::Status AlreadyExists(std::string_view message) { return Make(absl::StatusCode::kAlreadyExists, message); }
absl::Status FailedPrecondition(std::string_view message) {
  return Make(absl::StatusCode::kFailedPrecondition, message);
}
absl::Status Aborted(std::string_view message) { return Make(absl::StatusCode::kAborted, message); }
absl::Status Unavailable(std::string_view message) { return Make(absl::StatusCode::kUnavailable, message); }
absl::Status ResourceExhausted(std::string_view message) { return Make(absl::StatusCode::kResourceExhausted, message); }
absl::Status PermissionDenied(std::string_view message) { return Make(absl::StatusCode::kPermissionDenied, message); }
absl::Status DataLoss(std::string_view message) { return Make(absl::StatusCode::kDataLoss, message); }
absl::Status Internal(std::string_view message) { return Make(absl::StatusCode::kInternal, message); }

absl::Status FromErrno(int error, std::string_view what) {
  absl::Status status = Make(CodeOf(error), std::string(what) + ": " + std::system_category().message(error));
  status.SetPayload(kErrnoPayload, absl::Cord(std::to_string(error)));
  return status;
}

int ErrnoOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kErrnoPayload);
  return payload.has_value() ? std::atoi(std::string(*payload).c_str()) : 0;
}

absl::Status Annotate(const absl::Status& status, std::string_view context) {
  if (status.ok()) return status;
  absl::Status annotated = Make(status.code(), std::string(context) + ": " + MessageOf(status));
  status.ForEachPayload([&](auto name, const absl::Cord& value) { annotated.SetPayload(name, value); });
  return annotated;
}

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

}  // namespace fleet
