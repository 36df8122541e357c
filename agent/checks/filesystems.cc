#include <cstdio>

#include "agent/checks/rules.h"

namespace fleet::agent {

namespace {

constexpr double kGib = 1024.0 * 1024 * 1024;

// Coarse, here and below: evidence that differs at each look would be reported at each look.
std::string GibText(std::int64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f GiB", static_cast<double>(bytes) / kGib);
  return text;
}

bool MattersMost(const Filesystem& filesystem) { return filesystem.holds_data || filesystem.holds_backups; }

Finding Draft(std::string_view code, const Filesystem& filesystem) {
  std::vector<std::string> paths = {filesystem.mount_point};
  for (const std::string& path : filesystem.paths) {
    if (path != filesystem.mount_point) paths.push_back(path);
  }
  Finding finding = DraftFinding(code, "", "/", filesystem.mount_point, std::move(paths));
  finding.evidence["filesystem"] = filesystem.type;
  return finding;
}

void CheckReadOnly(const Filesystem& filesystem, std::vector<Finding>& findings) {
  if (!filesystem.read_only || !MattersMost(filesystem)) return;
  Finding finding = Draft("STORAGE_READONLY_FS", filesystem);
  finding.evidence["cause"] = std::string(filesystem.read_only_by_error ? "the file system was made read-only after it "
                                                                          "was mounted, as after an error"
                                                                        : "mounted read-only");
  findings.push_back(std::move(finding));
}

// Small file systems for temporary files never have ten gibibytes free: of them only the share counts.
void CheckSpace(const Filesystem& filesystem, const CheckSettings& limits, std::vector<Finding>& findings) {
  if (filesystem.total_bytes <= 0 || filesystem.read_only) return;
  const double free_gib = static_cast<double>(filesystem.free_bytes) / kGib;
  const auto is_worse = [&](double gib, double percent) {
    return filesystem.used_percent >= percent || (MattersMost(filesystem) && free_gib < gib);
  };
  const bool critical = is_worse(limits.disk_free_critical_gib, limits.disk_used_critical_percent);
  if (!critical && !is_worse(limits.disk_free_low_gib, limits.disk_used_low_percent)) return;
  Finding finding = Draft(critical ? "DISK_SPACE_CRITICAL" : "DISK_SPACE_LOW", filesystem);
  finding.evidence["free"] = GibText(filesystem.free_bytes);
  finding.evidence["total"] = GibText(filesystem.total_bytes);
  finding.evidence["used_percent"] = static_cast<std::int64_t>(filesystem.used_percent);
  findings.push_back(std::move(finding));
}

void CheckInodes(const Filesystem& filesystem, const CheckSettings& limits, std::vector<Finding>& findings) {
  if (filesystem.total_inodes <= 0 || filesystem.read_only) return;
  const double free_percent =
      100.0 * static_cast<double>(filesystem.free_inodes) / static_cast<double>(filesystem.total_inodes);
  if (free_percent >= limits.inodes_free_low_percent) return;
  const bool critical = free_percent < limits.inodes_free_critical_percent;
  Finding finding = Draft(critical ? "INODE_CRITICAL" : "INODE_LOW", filesystem);
  finding.evidence["free_percent"] = static_cast<std::int64_t>(free_percent);
  finding.evidence["total_inodes"] = filesystem.total_inodes;
  findings.push_back(std::move(finding));
}

}  // namespace

void CheckFilesystems(const MachineView& machine, std::vector<Finding>& findings) {
  if (!machine.model.filesystems) return;
  for (const Filesystem& filesystem : machine.model.filesystems->filesystems) {
    CheckReadOnly(filesystem, findings);
    CheckSpace(filesystem, machine.settings, findings);
    CheckInodes(filesystem, machine.settings, findings);
  }
}

}  // namespace fleet::agent
