#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "common/status.h"

namespace fleet::coordinator {

// The row of this id, or of the only id that begins so. `what` is the noun of the error messages.
template <class RowMap>
absl::StatusOr<typename RowMap::mapped_type> ByPrefix(const RowMap& rows, std::string_view prefix,
                                                      std::string_view what) {
  const std::string name = std::string(what) + " \"" + std::string(prefix.substr(0, 200)) + "\"";
  const auto first = rows.lower_bound(prefix);
  if (prefix.empty() || first == rows.end() || !std::string_view(first->first).starts_with(prefix)) {
    return NotFound("there is no " + name + "; list them to see what there is");
  }
  const auto next = std::next(first);
  if (first->first != prefix && next != rows.end() && std::string_view(next->first).starts_with(prefix)) {
    return InvalidArgument(name + " is not unique: it may be " + first->first + " or " + next->first +
                           "; say more of it");
  }
  return first->second;
}

}  // namespace fleet::coordinator
