#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/fault/faults.h"

namespace fleet {

using Json = nlohmann::ordered_json;

// One data root as it lies on disk: well-formed documents by id, files by path relative to the root.
struct StoreRoot {
  std::string path;
  bool guide = false;
  std::map<std::string, Json> infos = {};
  std::map<std::string, std::string> info_paths = {};
  std::map<std::string, std::vector<std::string>> messages = {};  // session, to paths in order
  std::map<std::string, Json> records = {};
  std::map<std::string, Json> indexes = {};

  std::string InfoPath(const std::string& id) const;
  std::string ConversationPath(const std::string& id) const;
  static std::string RecordPath(const std::string& id) { return "storage/session/sub-sessions/" + id + ".json"; }
  static std::string IndexPath(const std::string& id) { return "storage/session/sub-session-index/" + id + ".json"; }
  std::string ParentOf(const std::string& id) const;  // empty: none
  bool HasChildren(const std::string& id) const;

  std::string Read(const std::string& relative) const;
  // Keeps the mode and time of a file that is there.
  void Write(const std::string& relative, const std::string& bytes) const;
  void Remove(const std::string& relative) const;
  std::int64_t MtimeMs(const std::string& relative) const;
  void SetMtimeMs(const std::string& relative, std::int64_t ms) const;
};

// A session to break something of.
struct Victim {
  StoreRoot* root = nullptr;
  std::string id;

  const Json& info() const { return root->infos.at(id); }
  std::string parent() const { return root->ParentOf(id); }
};

// A home directory and what may be broken in it. Throws like std::filesystem; InjectFault catches.
class Victims {
 public:
  Victims(const std::string& home, unsigned seed);

  const std::string& home() const { return home_; }
  std::string data_home() const { return home_ + "/.local/share"; }
  std::vector<StoreRoot>& roots() { return roots_; }
  unsigned seed() const { return seed_; }

  StoreRoot* AnyRoot(bool guide);

  using Wanted = std::function<bool(const StoreRoot&, const std::string& id)>;
  // One of all sessions with an info that fit; the seed chooses.
  std::optional<Victim> Session(const Wanted& wanted);
  // A main session with two messages or more and no children.
  std::optional<Victim> Main();
  // A child whose record, index entry and parent are all there, with two messages or more and no children.
  std::optional<Victim> Child();
  // A parent whose index lists at least so many children that all have records, and nothing else.
  std::optional<Victim> Parent(std::size_t children = 1);

 private:
  std::string home_;
  unsigned seed_;
  std::vector<StoreRoot> roots_;
};

bool IsHealthyChild(const StoreRoot& root, const std::string& id);

using Inject = std::function<absl::StatusOr<Injected>(Victims&)>;
struct Fault {
  FaultDescription description;
  Inject inject;  // fills everything but the name
};

absl::Status NothingToBreak(const std::string& what);

// One family each.
void AddStorageFaults(std::vector<Fault>& faults);
void AddLitterFaults(std::vector<Fault>& faults);
void AddDocumentFaults(std::vector<Fault>& faults);
void AddSessionFaults(std::vector<Fault>& faults);
void AddMessageFaults(std::vector<Fault>& faults);
void AddSubsessionFaults(std::vector<Fault>& faults);
void AddConfigFaults(std::vector<Fault>& faults);
void AddLogFaults(std::vector<Fault>& faults);
void AddPermissionFaults(std::vector<Fault>& faults);
void AddBackupFaults(std::vector<Fault>& faults);
void AddServerFaults(std::vector<Fault>& faults);

}  // namespace fleet
