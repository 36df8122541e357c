#include "agent/probe/qdrant_traces.h"

#include <algorithm>
#include <string_view>

#include "agent/probe/count_memory.h"
#include "agent/probe/proc_file.h"
#include "agent/probe/processes.h"
#include "agent/probe/qdrant_answers.h"
#include "agent/store/directory.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kMaxSmallFile = 256 * 1024;
constexpr char kSnapshot[] = ".snapshot";

std::string ReadSmallFile(const std::string& folder, const std::string& name) {
  const absl::StatusOr<Directory> directory = Directory::OpenRoot(folder);
  PaddedText bytes;
  FileStat found;
  if (!directory.ok() || !directory->Read(name, kMaxSmallFile, bytes, found).ok()) return "";
  return std::string(bytes.view());
}

std::vector<std::string> SplitAtNul(const std::string& bytes) {
  std::vector<std::string> pieces;
  for (std::size_t begin = 0; begin < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\0', begin), bytes.size());
    pieces.push_back(bytes.substr(begin, end - begin));
    begin = end + 1;
  }
  return pieces;
}

// What the process was told about its storage: the variable wins over the file.
std::string ToldStoragePath(const std::string& process, const std::string& root, const std::string& cwd) {
  constexpr std::string_view kVariable = "QDRANT__STORAGE__STORAGE_PATH=";
  for (const std::string& entry : SplitAtNul(ReadProcFile(process + "/environ").value_or(""))) {
    if (entry.rfind(kVariable, 0) == 0) return entry.substr(kVariable.size());
  }
  std::vector<std::string> files;
  const std::vector<std::string> arguments = SplitAtNul(ReadProcFile(process + "/cmdline").value_or(""));
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i] == "--config-path" && i + 1 < arguments.size()) files.push_back(arguments[i + 1]);
    if (arguments[i].rfind("--config-path=", 0) == 0) files.push_back(arguments[i].substr(14));
  }
  files.insert(files.end(),
               {"config/production.yaml", "config/local.yaml", "config/config.yaml", "/etc/qdrant/config.yaml"});
  for (const std::string& file : files) {
    const std::string absolute = root + (file.rfind('/', 0) == 0 ? file : cwd + "/" + file);
    const auto slash = absolute.rfind('/');
    if (std::string path = StoragePathIn(ReadSmallFile(absolute.substr(0, slash), absolute.substr(slash + 1)));
        !path.empty()) {
      return path;
    }
  }
  return "";
}

void AddFolder(const std::vector<std::string>& storages, const std::string& collection, QdrantFacts& facts) {
  for (const std::string& storage : storages) {
    const absl::StatusOr<Directory> folder = Directory::OpenRoot(storage);
    if (!folder.ok()) continue;
    const absl::StatusOr<Directory> collections = folder->Open("collections");
    if (!collections.ok()) continue;
    if (!facts.storage) facts.storage = storage;
    const absl::StatusOr<Directory> found = collections->Open(collection);
    if (!found.ok()) continue;
    PaddedText bytes;
    FileStat stat;
    const bool readable = found->Read("config.json", kMaxSmallFile, bytes, stat).ok() &&
                          nlohmann::json::accept(bytes.view().begin(), bytes.view().end());
    facts.storage = storage;
    facts.folder = CollectionFolder{storage + "/collections/" + collection, readable};
    return;
  }
}

void AddBackup(const Home& home, const std::string& collection, QdrantFacts& facts) {
  const std::string path = home.path + "/backups/qdrant";
  const absl::StatusOr<Directory> folder = Directory::OpenRoot(path);
  if (!folder.ok()) return;
  // <collection>_<time>.snapshot as the guide's scripts name it, <collection>-<peer>-<time>.snapshot as the server
  // does.
  std::string newest;
  const auto time_of = [](const std::string& name) {
    constexpr std::size_t kTime = 19;
    const std::size_t end = name.size() - std::string_view(kSnapshot).size();
    return end < kTime ? name : name.substr(end - kTime, kTime);
  };
  const absl::Status listed = folder->List([&](const std::string& name, EntryType type) {
    const bool ours = type == EntryType::kFile && name.size() > collection.size() + sizeof kSnapshot &&
                      name.compare(0, collection.size(), collection) == 0 &&
                      (name[collection.size()] == '_' || name[collection.size()] == '-') && name.ends_with(kSnapshot);
    if (!ours || (!newest.empty() && time_of(name) < time_of(newest))) return;
    if (const absl::StatusOr<FileStat> stat = folder->Stat(name); stat.ok() && stat->size > 0) newest = name;
  });
  if (!listed.ok() || newest.empty()) return;
  facts.backup = path + "/" + newest;
  const std::string stem = newest.substr(0, newest.size() - std::string_view(kSnapshot).size());
  facts.backup_points = ParseManifestCount(ReadSmallFile(path, stem + ".json"));
}

}  // namespace

std::string StoragePathIn(std::string_view yaml) {
  constexpr std::string_view kKey = "storage_path:";
  while (!yaml.empty()) {
    const std::size_t end = std::min(yaml.find('\n'), yaml.size());
    std::string_view line = yaml.substr(0, end);
    yaml.remove_prefix(std::min(end + 1, yaml.size()));
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos || line.substr(begin, kKey.size()) != kKey) continue;
    line.remove_prefix(begin + kKey.size());
    line = line.substr(0, line.find(" #"));
    const std::size_t first = line.find_first_not_of(" \t\"'");
    if (first == std::string_view::npos) return "";
    return std::string(line.substr(first, line.find_last_not_of(" \t\r\"'") - first + 1));
  }
  return "";
}

std::vector<std::string> StorageFolders(int process, const CheckSettings& settings, const Home& home) {
  std::vector<std::string> folders;
  if (!settings.qdrant_storage.empty()) folders.push_back(settings.qdrant_storage);
  if (process > 0) {
    // A process in a container sees other files under the same names: its own root leads to them.
    const std::string proc = "/proc/" + std::to_string(process);
    std::string root = proc + "/root";
    if (ReadLink(root) == "/") root = "";
    const std::string cwd = ReadLink(proc + "/cwd");
    std::string told = ToldStoragePath(proc, root, cwd);
    if (told.rfind("./", 0) == 0) told.erase(0, 2);
    if (told.empty()) told = "storage";
    folders.push_back(root + (told.rfind('/', 0) == 0 ? told : cwd + "/" + told));
  } else {
    // Not of a running server's: it has its own, and these may be another's.
    folders.emplace_back("/var/lib/qdrant/storage");
    folders.push_back(home.path + "/qdrant_storage");
    folders.push_back(home.path + "/qdrant/storage");
  }
  return folders;
}

void AddTraces(const QdrantTarget& target, const CheckSettings& settings, const Home& home, QdrantFacts& facts) {
  if (facts.local) {
    constexpr std::string_view kNames[] = {"qdrant"};
    for (const ProcessInfo& process : ProcessesNamed(kNames)) {
      // Of several the youngest: it is the one that may still be loading.
      if (facts.process && facts.process->age_ms.value_or(0) <= process.age_ms.value_or(0)) continue;
      facts.process = QdrantProcess{process.pid, process.age_ms};
    }
    AddFolder(StorageFolders(facts.process ? facts.process->pid : 0, settings, home), target.collection, facts);
  }
  AddBackup(home, target.collection, facts);
  const CountMemory memory = ReadCountMemory(settings.state_folder);
  const auto remembered = memory.collections.find(CountKey(facts.url, facts.collection));
  if (remembered != memory.collections.end()) facts.remembered = remembered->second;
}

}  // namespace fleet::agent
