#pragma once

#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace fleet {

// Stores written by the real programs: archives in the folder that DGMO_TEST_STORES names. Empty when it is not set;
// tests then skip and say so.
std::vector<std::string> RealStoreArchives();

// Unpacks one into `home` as a user's home directory; false when that failed.
bool UnpackStore(const std::string& archive, const std::string& home);

}  // namespace fleet
