#include "agent/probe/acl.h"

#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/xattr.h>

#include <array>

namespace fleet::agent {

namespace {

// Little-endian, whatever the machine.
std::uint32_t Number(std::string_view bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) number = (number << 8) | static_cast<unsigned char>(bytes[i]);
  return number;
}

std::optional<AclEntry::Tag> TagOf(std::uint32_t tag) {
  switch (tag) {
    case ACL_USER_OBJ: return AclEntry::Tag::kOwner;
    case ACL_USER: return AclEntry::Tag::kUser;
    case ACL_GROUP_OBJ: return AclEntry::Tag::kOwningGroup;
    case ACL_GROUP: return AclEntry::Tag::kGroup;
    case ACL_MASK: return AclEntry::Tag::kMask;
    case ACL_OTHER: return AclEntry::Tag::kOther;
    default: return std::nullopt;
  }
}

constexpr std::size_t kHeader = 4;
constexpr std::size_t kEntry = 8;

}  // namespace

std::optional<Acl> ParseAcl(std::string_view bytes) {
  if (bytes.size() < kHeader || Number(bytes.substr(0, kHeader)) != POSIX_ACL_XATTR_VERSION) return std::nullopt;
  bytes.remove_prefix(kHeader);
  if (bytes.size() % kEntry != 0) return std::nullopt;
  Acl list;
  for (; !bytes.empty(); bytes.remove_prefix(kEntry)) {
    const std::optional<AclEntry::Tag> tag = TagOf(Number(bytes.substr(0, 2)));
    if (!tag) return std::nullopt;
    list.push_back({*tag, Number(bytes.substr(4, 4)), static_cast<std::uint16_t>(Number(bytes.substr(2, 2)))});
  }
  return list;
}

std::optional<Acl> ReadAcl(const std::string& path) {
  std::array<char, 4096> buffer;  // 500 entries; ext4 and xfs hold fewer
  const ssize_t size = lgetxattr(path.c_str(), "system.posix_acl_access", buffer.data(), buffer.size());
  if (size < 0) return std::nullopt;
  return ParseAcl({buffer.data(), static_cast<std::size_t>(size)});
}

}  // namespace fleet::agent
