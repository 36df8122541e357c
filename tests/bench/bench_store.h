#pragma once

#include <cstdint>
#include <string>

namespace fleet::agent {

// A healthy store of the given size in dgmo's own layout, as a home directory: what benches read. Every second message
// is an assistant's and carries a system prompt. The same shape gives the same bytes.
struct BenchShape {
  std::int64_t sessions = 0;
  std::int64_t messages = 0;  // spread evenly over the sessions
  std::int64_t records = 0;   // children of the first sessions, five each, with their indexes
  std::int64_t prompt_bytes = 0;
};

// The root's path below the home.
std::string BenchRoot(const std::string& home);

// Writes it below `home`; ends the program when the disk is full.
void WriteBenchStore(const std::string& home, const BenchShape& shape);

}  // namespace fleet::agent
