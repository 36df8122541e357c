#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/store/model.h"
#include "agent/store/root.h"
#include "agent/watch/file_mark.h"
#include "common/clock.h"

namespace fleet::agent {

// What a store looked like when it was last looked at: a mark of every folder and of every file that counts, but of no
// message; of a conversation only its folders. Paths are relative to the root. One thread; blocks on the disk.
class SeenPaths {
 public:
  struct Seen {
    FileMark mark;
    bool in_conversation = false;  // only folders: read with the session they belong to
    std::int64_t newest_ns = 0;    // of messages, as far as they were followed
  };
  using Entries = std::map<std::string, Seen>;  // by path

  explicit SeenPaths(const Clock& clock) : clock_(clock) {}

  // Forgets everything; what is noted from here on lies in a store of that kind.
  void Begin(RootKind kind);

  // As it is now; nullopt when it is not there.
  std::optional<FileMark> Look(const Directory& folder, const std::string& name) const;

  // Takes the marks of a folder, which is `name` in `parent` and has this path, and of all that counts below it.
  void Note(const Directory& parent, const std::string& name, const std::string& path);

  // What came between noting and reading has no mark yet. It gets one that fits nothing, so that it is looked at again.
  void NoteUnseen(const RootModel& model);

  // Every path seen at or below this one.
  std::vector<std::string> Below(const std::string& path) const;
  // Of one folder, the paths of its entries that were seen.
  std::vector<std::string> DirectlyIn(const std::string& folder) const;
  void Erase(const std::string& path) { entries_.erase(path); }
  void EraseBelow(const std::string& path);  // and itself

  // Whether a file in the folder may have changed in place since the mark was taken.
  bool HasNewerFile(const Directory& root, const std::string& path, const FileMark& mark) const;

  // The folders that hold a session's conversation.
  std::vector<std::string> TopsOf(std::string_view session) const;
  // The outermost folder at or above the path's parent that belongs to a conversation; empty: there is none.
  std::string TopAbove(const std::string& path) const;

  const Entries& entries() const { return entries_; }
  const Seen* Find(const std::string& path) const;  // nullptr: never seen
  Seen& At(const std::string& path) { return entries_[path]; }

 private:
  void NoteFolder(const Directory& parent, const std::string& name, const std::string& path, int depth);
  void NoteEntries(const Directory& folder, const std::string& path, bool in_conversation, int depth);

  const Clock& clock_;
  RootKind kind_ = RootKind::kProgram;
  Entries entries_;
};

}  // namespace fleet::agent
