#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace fleet::agent {

// Writes a store as dgmo would have, for drills and the agent's test of itself: never a store of a user. Throws
// std::filesystem::filesystem_error when the disk refuses. One thread.
class SandboxStore {
 public:
  // `root` is made. Times begin an hour before `now_ms` and advance with every document.
  SandboxStore(std::string root, std::int64_t now_ms);

  const std::string& root() const { return root_; }

  // From now on with the present time, and each document into a temporary file first, as a dgmo does that is at work
  // (catalogue: "How dgmo writes and reads").
  void WriteNow() { writing_now_ = true; }

  // A session with so many pairs of question and answer; a sub-session, with its record and its place in the index,
  // when a parent is named. Returns its id.
  std::string AddSession(const std::string& title, int exchanges = 1, const std::string& parent = "");
  // The same, created at another time.
  std::string AddSessionAt(std::int64_t created_ms, const std::string& title);

  // Below the root.
  static std::string InfoPath(const std::string& id);
  static std::string MessagesPath(const std::string& id);
  static std::string RecordPath(const std::string& id);
  static std::string IndexPath(const std::string& parent);

  std::vector<std::string> Index(const std::string& parent) const;
  void WriteIndex(const std::string& parent, const std::vector<std::string>& ids) const;
  std::string Read(const std::string& below) const;
  void Write(const std::string& below, const std::string& text) const;
  void Remove(const std::string& below) const;  // a file or a folder
  // As if nothing had been written for so long: what was just written may still be changing.
  void Settle(const std::string& below, std::int64_t mtime_ms) const;

 private:
  std::string NewId(const char* prefix);
  void AddToParent(const std::string& id, const std::string& title, const std::string& parent, std::int64_t created,
                   std::int64_t ended) const;
  void AddMessages(const std::string& session, int exchanges);

  std::string root_;
  std::int64_t time_ms_;
  int ids_ = 0;
  const char mark_;  // in its ids
  bool writing_now_ = false;
};

}  // namespace fleet::agent
