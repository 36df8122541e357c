#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/store/file_stat.h"

namespace fleet::agent {

// One line of a POSIX access control list.
struct AclEntry {
  enum class Tag : std::uint8_t { kOwner, kUser, kOwningGroup, kGroup, kMask, kOther };
  Tag tag = Tag::kOther;
  std::uint32_t id = 0;   // of kUser and kGroup
  std::uint16_t may = 0;  // read 4, write 2, execute 1

  friend bool operator==(const AclEntry&, const AclEntry&) = default;
};
using Acl = std::vector<AclEntry>;

// Something of dgmo's that lies outside every root; its contents are not kept.
struct AccessEntry {
  FileStat stat;
  std::uint32_t owner_needs = 0;  // permission bits
  bool keeps_secrets = false;     // always has some: read rights of others are a fault by themselves
};

// Who may reach and change what belongs to dgmo, beside what each root's own census says.
struct AccessFacts {
  std::map<std::string, AccessEntry> entries;  // by absolute path
  std::map<std::string, FileStat> above;       // the directories above roots and entries, by absolute path
  std::set<std::string> with_secrets;          // configurations that hold some, by absolute path
  std::map<std::string, Acl> lists;            // by absolute path, of examples that a group may write to
  // Groups that nobody but the owner belongs to, so that rights of theirs harm nobody; nullopt: could not be found out.
  std::optional<std::set<std::uint32_t>> private_groups;
};

}  // namespace fleet::agent
