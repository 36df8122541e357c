#include "common/finding.h"

#include <algorithm>

#include "common/sha256.h"

namespace fleet {

std::string_view SeverityText(Severity severity) {
  static constexpr std::string_view kTexts[] = {"P0", "P1", "P2", "P3"};
  return kTexts[static_cast<int>(severity)];
}

std::string_view HealthText(Health health) {
  static constexpr std::string_view kTexts[] = {"healthy", "warning", "critical", "recovering", "emergency"};
  return kTexts[static_cast<int>(health)];
}

std::string_view HealthSymbol(Health health) {
  static constexpr std::string_view kSymbols[] = {"✅", "⚠️", "❌", "🔄", "🚨"};
  return kSymbols[static_cast<int>(health)];
}

std::string Fingerprint(std::string_view code, std::string_view root, std::string_view subject) {
  std::string text;
  text.reserve(code.size() + root.size() + subject.size() + 2);
  text.append(code).append(1, '\0').append(root).append(1, '\0').append(subject);
  return Sha256Hex(text).substr(0, 32);
}

namespace {

bool IsBelow(const std::string& path, const std::string& folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/' || folder == "/");
}

}  // namespace

bool IsBelowAny(const Finding& finding, const std::vector<std::string>& paths) {
  return std::any_of(paths.begin(), paths.end(), [&](const std::string& folder) {
    return IsBelow(finding.path, folder) || IsBelow(finding.root, folder) ||
           std::any_of(finding.paths.begin(), finding.paths.end(),
                       [&](const std::string& path) { return IsBelow(path, folder); });
  });
}

Health HealthOf(const std::int64_t (&counts)[kSeverities], bool repairing) {
  if (counts[0] > 0) return Health::kEmergency;
  if (repairing) return Health::kRecovering;
  if (counts[1] > 0) return Health::kCritical;
  if (counts[2] > 0 || counts[3] > 0) return Health::kWarning;
  return Health::kHealthy;
}

}  // namespace fleet
