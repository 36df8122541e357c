#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fleet {

// How urgent a fault is for one workstation; lower is worse, so std::min is the worst of two.
enum class Severity : std::uint8_t { kP0 = 0, kP1 = 1, kP2 = 2, kP3 = 3 };
inline constexpr int kSeverities = 4;
std::string_view SeverityText(Severity severity);  // "P0".."P3"

// Overall state of a machine or of one check run (catalogue: "Severity for one workstation").
enum class Health : std::uint8_t { kHealthy, kWarning, kCritical, kRecovering, kEmergency };
std::string_view HealthText(Health health);    // "healthy", "warning", ...
std::string_view HealthSymbol(Health health);  // the guide's ✅ ⚠️ ❌ 🔄 🚨

using EvidenceValue = std::variant<std::int64_t, std::string>;

// One fault of one subject. A value; compared by fingerprint. Strings that came from the machine (path, subject_id) are
// raw bytes here and are made valid UTF-8 where they leave it. Never holds message text, prompts, secrets or
// values of a configuration.
struct Finding {
  std::string code;
  Severity severity = Severity::kP3;
  std::string component;
  std::string root_kind;  // "U", "G", "M", or empty for a finding about a whole home
  std::string root;       // absolute
  std::string path;       // the most telling of paths, absolute
  std::vector<std::string> paths;
  std::string subject_id;
  std::map<std::string, EvidenceValue> evidence;
  std::string repair;  // empty: none
  bool auto_repair = false;
  std::string refusal;  // why the repair would be refused now
  std::string fingerprint;
  std::int64_t first_seen_ms = 0;
  std::int64_t last_seen_ms = 0;
};

// Identity of a fault: 32 hex digits of SHA-256 over code, root and subject.
std::string Fingerprint(std::string_view code, std::string_view root, std::string_view subject);

// Whether something the finding is about lies at or below one of these absolute paths.
bool IsBelowAny(const Finding& finding, const std::vector<std::string>& paths);

// The health that open findings of these counts (index = severity) amount to.
Health HealthOf(const std::int64_t (&counts)[kSeverities], bool repairing);

}  // namespace fleet
