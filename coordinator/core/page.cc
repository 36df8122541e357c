#include "coordinator/core/page.h"

#include "common/status.h"

namespace fleet::coordinator {

absl::StatusOr<std::size_t> PageSize(const PageRequest& request) {
  if (request.size < 0 || request.size > kMaxPage) {
    return InvalidArgument("page size " + std::to_string(request.size) + " is not between 0 and 1000");
  }
  return static_cast<std::size_t>(request.size == 0 ? kDefaultPage : request.size);
}

}  // namespace fleet::coordinator
