#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/store/file_stat.h"
#include "agent/store/layout.h"

namespace fleet::agent {

// Who may do what with the entries of a root: entries of one folder that agree in everything are counted together, so
// that the census of a healthy store has a dozen lines and that of a store given to root by mistake as many.
struct AccessGroup {
  enum class Kind : std::uint8_t { kDirectory, kDocument, kOther };

  std::string folder;  // AccessFolder of what is counted
  Kind kind = Kind::kDocument;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t mode = 0;  // permission bits only
  bool immutable = false;
  bool append_only = false;
  std::int64_t count = 0;
  std::vector<std::string> paths;  // relative to the root; the first in order, kAccessExamples at most
};
inline constexpr std::size_t kAccessExamples = 20;

// The folder that an entry is counted under, relative to the root: of a file the directory it lies in, of a directory
// itself; all conversations count as the one folder around them.
std::string AccessFolder(const Layout& layout, const std::string& path, bool is_directory);

// One thread at a time; copied with the model.
class AccessCensus {
 public:
  void Count(const std::string& folder, AccessGroup::Kind kind, const std::string& path, const FileStat& stat);

  // Counts an entry that was counted as `before` as `after`, as planning a repair on a copy does.
  void Change(const std::string& folder, const std::string& path, const FileStat& before, const FileStat& after);

  const std::vector<AccessGroup>& groups() const { return groups_; }

 private:
  std::vector<AccessGroup> groups_;
  std::size_t last_ = 0;  // files of one folder come together and are alike
};

}  // namespace fleet::agent
