#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "coordinator/core/store.h"

namespace fleet::coordinator {

// Where the store is unless told otherwise: "sqlite:" and a file below $XDG_STATE_HOME, or below ~/.local/state.
// Empty when neither is known.
std::string DefaultStoreLocation();

// Opens "sqlite:PATH"; the folder is made (for its owner only) when it is missing. InvalidArgument for anything else.
absl::StatusOr<std::unique_ptr<Store>> OpenStore(const std::string& location);

// Whether OpenStore knows this kind of location; touches nothing.
absl::Status CheckStoreLocation(const std::string& location);

}  // namespace fleet::coordinator
