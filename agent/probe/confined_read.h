#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <string>

#include "agent/store/file_stat.h"
#include "agent/store/padded_text.h"
#include "agent/store/root.h"

namespace fleet::agent {

// Reads a file of a home that may be reached through links, as those who keep their configuration in a repository have
// it; but only when it ends up below the home or its configuration and state folders. PermissionDenied without an errno
// when it does not. Otherwise as Directory::Read.
absl::Status ReadInHome(const Home& home, const std::string& path, std::int64_t limit, PaddedText& bytes,
                        FileStat& found);

// Reads a file by a path that must not hold a link anywhere: ELOOP when it does.
absl::Status ReadWithoutLinks(const std::string& path, std::int64_t limit, PaddedText& bytes, FileStat& found);

}  // namespace fleet::agent
