#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/store/root.h"

namespace fleet::agent {

// What a backup calls the root: where it lies below the data home (catalogue: "Format"). One that was given by its path
// is called by the end of that path, where this is a root's usual place.
std::string RootKeyOf(const Root& root);

// The keys of several roots, in their order, no two alike: the same place below another data home gets an addition.
std::vector<std::string> RootKeysOf(const std::vector<Root>& roots);

// Where a root of this key lies below a data home, and its layout; false when no root has such a key.
bool IsRootKey(std::string_view key, RootKind& kind);

}  // namespace fleet::agent
