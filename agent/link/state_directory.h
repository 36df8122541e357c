#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

namespace fleet::agent {

// The agent's own folder, or one below it: small files that are always the old or the new one, whenever the power
// goes. Only its user can read them. Blocks on the disk; one thread.
class StateDirectory {
 public:
  // Makes it, and its parents, when missing. FailedPrecondition: something there is not a directory.
  static absl::StatusOr<StateDirectory> Open(const std::string& path);
  StateDirectory(StateDirectory&& other) noexcept;
  StateDirectory& operator=(StateDirectory&&) = delete;
  ~StateDirectory();

  // Until this object is gone no other process gets the lock. AlreadyExists: another one has it.
  absl::Status Lock();

  // NotFound when it is not there, InvalidArgument when it is no regular file or over 16 MiB.
  absl::StatusOr<std::string> Read(const std::string& name) const;
  // Durable when it returns OK; old or new when it does not.
  absl::Status Replace(const std::string& name, std::string_view bytes);
  // OK when it was not there.
  absl::Status Remove(const std::string& name);
  absl::Status Rename(const std::string& from, const std::string& to);
  // Names of all entries, sorted.
  absl::StatusOr<std::vector<std::string>> Names() const;

  const std::string& path() const { return path_; }

 private:
  StateDirectory(std::string path, int folder) : path_(std::move(path)), folder_(folder) {}
  std::string Where(const std::string& name) const { return path_ + "/" + name; }

  std::string path_;
  int folder_ = -1;
  int lock_ = -1;
};

}  // namespace fleet::agent
