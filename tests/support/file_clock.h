#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <fstream>
#include <string>

namespace fleet {

// Waits until the file system's clock has moved on, by more than `by_ns`, so that a change from here on has another
// time than one before. Some kernels count in steps of several milliseconds.
inline void AwaitFileClock(const std::string& folder, std::int64_t by_ns = 0) {
  const std::string probe = folder + "/.clock";
  const auto touch = [&] {
    std::ofstream(probe) << "x";
    struct stat st {};
    stat(probe.c_str(), &st);
    return std::int64_t{st.st_ctim.tv_sec} * 1'000'000'000 + st.st_ctim.tv_nsec;
  };
  const std::int64_t begin = touch();
  while (touch() <= begin + by_ns) {
  }
}

}  // namespace fleet
