#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace fleet::agent {

// The program that a command of a configuration starts, and whether its user may run it.
struct CommandProgram {
  enum class State : std::uint8_t { kFound, kNotExecutable, kMissing, kUnknown };
  State state = State::kMissing;
  std::string path;  // where it is; when it is missing, what was looked for
};

// `name` as in an argv: without a slash it is looked for in `folders`, in their order. A relative path is unknown when
// it is not below `directory`: dgmo starts it in the folder that it works on. Any thread.
CommandProgram FindCommand(const std::string& name, const std::string& directory,
                           const std::vector<std::string>& folders, uid_t user);

}  // namespace fleet::agent
