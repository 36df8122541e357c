#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/store/root.h"

namespace fleet::agent {

// Which folders are worth watching, by their paths alone: the places where the targets' roots are or will be, the
// roots, and the configuration. Pure but for Of. Values.
class WatchPlan {
 public:
  enum class Nature : std::uint8_t {
    kUnwatched,
    kFolder,         // with folders in it that are worth watching too
    kSessionFolder,  // the same, but one of very many
    kLeaf,           // one of very many, such as a conversation; nothing below it matters
    kFlat            // a few files that are rewritten in place
  };

  // Looks at the disk for links on the way to the targets: the paths of the plan have none. `logs` includes the folders
  // in which dgmo keeps its logs.
  static WatchPlan Of(const std::vector<Target>& targets, bool logs);

  // Where to begin; they need not exist yet.
  std::vector<std::string> Tops() const;
  Nature NatureOf(const std::string& folder) const;

 private:
  // What lies below a top.
  enum class Kind : std::uint8_t { kProjects, kWorkspaces, kProgramRoot, kGuideRoot, kFlat };
  struct Top {
    std::string path;
    Kind kind;
  };
  void Add(const std::string& path, Kind kind);
  bool Covers(const std::string& path) const;
  Nature NatureBelow(const Top& top, std::string_view below) const;

  std::vector<Top> tops_;
  bool logs_ = false;
};

// Whether there may be so many of them that not all can be watched.
constexpr bool IsOneOfMany(WatchPlan::Nature nature) {
  return nature == WatchPlan::Nature::kSessionFolder || nature == WatchPlan::Nature::kLeaf;
}

// The path with every link on the way resolved; what does not exist stays as it is named.
std::string WithoutLinks(const std::string& path);

}  // namespace fleet::agent
