#include "agent/watch/file_system.h"

#include <sys/statfs.h>

#include <algorithm>
#include <iterator>

namespace fleet::agent {

namespace {

// As statfs(2) and linux/magic.h name them.
constexpr unsigned kSilent[] = {
    0x01021997,  // 9p, and drvfs on WSL 2
    0x6969,      // NFS
    0x517B,      // SMB
    0xFF534D42,  // CIFS
    0xFE534D42,  // SMB 2
    0x65735546,  // FUSE
    0x00C36400,  // Ceph
    0x5346414F,  // AFS
    0x53464846,  // WSL 1
    0x786F4256,  // VirtualBox shared folders
};

}  // namespace

bool HasSilentChanges(int folder) {
  struct statfs fs;
  if (fstatfs(folder, &fs) != 0) return false;
  return std::find(std::begin(kSilent), std::end(kSilent), static_cast<unsigned>(fs.f_type)) != std::end(kSilent);
}

}  // namespace fleet::agent
