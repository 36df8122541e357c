#include "agent/probe/command_program.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace fleet::agent {

namespace {

std::vector<gid_t> GroupsOf(uid_t user) {
  passwd entry{};
  passwd* found = nullptr;
  std::string buffer(16 * 1024, '\0');
  if (getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
  std::vector<gid_t> groups(256);
  int count = static_cast<int>(groups.size());
  if (getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) < 0) count = static_cast<int>(groups.size());
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

bool MayRun(const struct stat& file, uid_t user) {
  if (user == 0) return (file.st_mode & 0111U) != 0;
  if (file.st_uid == user) return (file.st_mode & S_IXUSR) != 0;
  const std::vector<gid_t> groups = GroupsOf(user);
  if (std::find(groups.begin(), groups.end(), file.st_gid) != groups.end()) return (file.st_mode & S_IXGRP) != 0;
  return (file.st_mode & S_IXOTH) != 0;
}

CommandProgram ProgramAt(const std::string& path, uid_t user) {
  struct stat file {};
  // Links are what package managers install: they are followed, and nothing is read.
  if (stat(path.c_str(), &file) != 0) {
    const bool is_gone = errno == ENOENT || errno == ENOTDIR;
    return {is_gone ? CommandProgram::State::kMissing : CommandProgram::State::kUnknown, path};
  }
  const bool runs = S_ISREG(file.st_mode) && MayRun(file, user);
  return {runs ? CommandProgram::State::kFound : CommandProgram::State::kNotExecutable, path};
}

}  // namespace

CommandProgram FindCommand(const std::string& name, const std::string& directory,
                           const std::vector<std::string>& folders, uid_t user) {
  if (name.empty()) return {CommandProgram::State::kMissing, ""};
  if (name.front() == '/') return ProgramAt(name, user);
  if (name.find('/') != std::string::npos) {
    // dgmo starts it in the folder that it works on, which may be any.
    CommandProgram found = ProgramAt(directory + "/" + name, user);
    if (found.state == CommandProgram::State::kMissing) found.state = CommandProgram::State::kUnknown;
    return found;
  }
  CommandProgram best{CommandProgram::State::kMissing, name};
  for (const std::string& folder : folders) {
    CommandProgram found = ProgramAt(folder + "/" + name, user);
    if (found.state == CommandProgram::State::kFound) return found;
    if (found.state == CommandProgram::State::kNotExecutable && best.state != CommandProgram::State::kNotExecutable) {
      best = std::move(found);
    } else if (found.state == CommandProgram::State::kUnknown && best.state == CommandProgram::State::kMissing) {
      best = std::move(found);
    }
  }
  return best;
}

}  // namespace fleet::agent
