#pragma once

#include <cstdint>

namespace fleet::agent {

// How long dgmo would take to load a root, measured by doing as it does.
struct LoadFacts {
  double listing_ms = 0;       // listing the session infos and reading each; the best of `listings`
  double slowest_info_ms = 0;  // in that listing
  std::int64_t infos = 0;
  int listings = 0;          // how often it was measured
  double whole_load_ms = 0;  // reading everything, once
};

}  // namespace fleet::agent
