#pragma once

#include <set>
#include <string>
#include <string_view>

#include "agent/store/document.h"

namespace fleet::agent {

// What a member of a session archive is, by its path alone.
struct MemberPlace {
  DocumentClass cls = DocumentClass::kNone;
  std::string root_key;  // what stands before the place within a root; old archives have other prefixes there, or none
  std::string subject;   // id that the file name carries
  std::string session;   // whose info, messages or record it is; empty: of none
};

// Finds the layouts' places anywhere in the path: archives of other programs begin at any folder of a root. Pure.
// `known_keys`, from a manifest, come first.
MemberPlace PlaceOfMember(std::string_view path, const std::set<std::string>& known_keys);

}  // namespace fleet::agent
