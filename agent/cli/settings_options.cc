#include "agent/cli/settings_options.h"

#include <CLI/Validators.hpp>
#include <string>

#include "common/status.h"

namespace fleet::agent {

namespace {

struct Range {
  double least = 0;
  double most = 0;
};
constexpr Range kPercent = {0, 100};
constexpr Range kGib = {0, 1e6};
constexpr Range kMinutes = {0, 1e6};
constexpr Range kObjective = {1, 1e5};
constexpr Range kMillis = {1, 1e9};
constexpr Range kMib = {0, 1e6};
constexpr Range kCount = {1, 1e6};
constexpr double kBytesAMib = 1 << 20;

class Thresholds {
 public:
  explicit Thresholds(CLI::App& command) : command_(command) {}

  // One threshold; `unit` is how much of what the field counts the option's unit is.
  template <typename Number>
  void Add(const std::string& name, Number& field, Range range, const std::string& what, double unit = 1) {
    command_
        .add_option_function<double>(
            name, [&field, unit](const double& value) { field = static_cast<Number>(value * unit); }, what)
        ->check(CLI::Range(range.least, range.most))
        ->default_str(Text(static_cast<double>(field) / unit))
        ->type_name("N")
        ->group("Thresholds");
  }

  void Add(const std::string& name, std::vector<std::string>& field, const std::string& what) {
    command_.add_option(name, field, what)
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAME,...")
        ->group("Thresholds");
  }

 private:
  static std::string Text(double value) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
  }

  CLI::App& command_;
};

absl::Status Ordered(double first, double second, const std::string& rule) {
  return first >= second ? absl::OkStatus() : InvalidArgument(rule);
}

}  // namespace

void AddSettingsOptions(CLI::App& command, CheckSettings& s) {
  Thresholds thresholds(command);
  thresholds.Add("--stale-minutes", s.stale_ms, kMinutes, "Idle sub-sessions count as over after this long", 60'000);

  thresholds.Add("--disk-free-low-gib", s.disk_free_low_gib, kGib, "Free space that is low");
  thresholds.Add("--disk-free-critical-gib", s.disk_free_critical_gib, kGib, "Free space that is critical");
  thresholds.Add("--disk-used-low-percent", s.disk_used_low_percent, kPercent, "Used space from which room is low");
  thresholds.Add("--disk-used-critical-percent", s.disk_used_critical_percent, kPercent,
                 "Used space from which room is critical");
  thresholds.Add("--inodes-free-low-percent", s.inodes_free_low_percent, kPercent, "Free inodes that are low");
  thresholds.Add("--inodes-free-critical-percent", s.inodes_free_critical_percent, kPercent,
                 "Free inodes that are critical");

  thresholds.Add("--fd-used-percent", s.fd_used_percent, kPercent, "Open files of a process, of its limit");
  thresholds.Add("--fd-system-used-percent", s.fd_system_used_percent, kPercent, "Open files of the machine");

  thresholds.Add("--memory-available-percent", s.memory_available_percent, kPercent, "Available memory that is low");
  thresholds.Add("--memory-pressure-percent", s.memory_pressure_percent, kPercent,
                 "Share of a minute in which everything waits for memory");
  thresholds.Add("--memory-kill-recent-minutes", s.memory_kill_recent_ms, kMinutes,
                 "How long a process ended for want of memory is told of", 60'000);

  thresholds.Add("--listing-ms-per-100-sessions", s.listing_ms_per_100_sessions, kMillis,
                 "Listing sessions may take so long");
  thresholds.Add("--info-read-ms", s.info_read_ms, kMillis, "Reading one session info may take so long");
  thresholds.Add("--whole-load-ms", s.whole_load_ms, kMillis, "Reading a whole data root may take so long");
  thresholds.Add("--unusable-load-minutes", s.unusable_load_ms, kMinutes, "Loading that makes dgmo unusable", 60'000);

  thresholds.Add("--qdrant-kept-percent", s.qdrant_kept_percent, kPercent,
                 "Points of a collection, of the most that were there, that are no loss yet");
  thresholds.Add("--qdrant-sluggish-ms", s.qdrant_sluggish_ms, kMillis, "A search may take so long");
  thresholds.Add("--qdrant-slow-ms", s.qdrant_slow_ms, kMillis, "A search that takes longer is slow");
  thresholds.Add("--qdrant-loading-minutes", s.qdrant_loading_ms, kMinutes,
                 "A Qdrant process may load its collections for so long", 60'000);
  thresholds.Add("--qdrant-programs", s.qdrant_programs, "Programs that may listen on Qdrant's port");

  thresholds.Add("--qdrant-timeouts", s.qdrant_timeouts, kCount,
                 "So many checks in a row that end in a time-out are critical");
  thresholds.Add("--qdrant-connect-limit-ms", s.qdrant_connect_limit_ms, kMillis, "Connecting may take so long");
  thresholds.Add("--qdrant-answer-limit-ms", s.qdrant_answer_limit_ms, kMillis, "An answer of Qdrant may take so long");
  thresholds.Add("--mcp-answer-limit-ms", s.mcp_answer_limit_ms, kMillis,
                 "An answer of a remote MCP server may take so long");

  thresholds.Add("--log-window-hours", s.log_window_ms, kMinutes, "How far back lines of logs count", 3'600'000);
  thresholds.Add("--log-limit-mib", s.log_limit_bytes, kMib, "A log larger than this is oversized", kBytesAMib);
  thresholds.Add("--guide-log-limit-mib", s.guide_log_limit_bytes, kMib, "The same in a workspace of the guide",
                 kBytesAMib);
  thresholds.Add("--crash-loop-starts", s.crash_loop_starts, kCount, "So many failed starts are a crash loop");
  thresholds.Add("--crash-loop-minutes", s.crash_loop_ms, kMinutes, "When they lie within so long", 60'000);

  thresholds.Add("--sessions-rpo-minutes", s.sessions_rpo_ms, kObjective,
                 "How much of the newest work a loss of sessions may take away", 60'000);
  thresholds.Add("--qdrant-rpo-minutes", s.qdrant_rpo_ms, kObjective,
                 "How much of the newest memories a loss may take away", 60'000);

  command.add_option("--dgmo-version", s.dgmo_version, "The version that every home is to run, or how it begins")
      ->type_name("VERSION")
      ->group("Expected");
  command.add_option("--bun-version", s.bun_version, "The same of Bun")->type_name("VERSION")->group("Expected");
  command.add_option("--backup-folder", s.backup_folders, "Also look for backups here; may be given several times")
      ->type_name("DIR")
      ->allow_extra_args(false)
      ->group("Expected");

  command.add_flag("--memory-required", s.memory_required, "Every home is to have a Qdrant")->group("Memory");
  command.add_option("--qdrant-url", s.qdrant_url, "Server of homes whose configuration names none")
      ->type_name("URL")
      ->group("Memory");
  command.add_option("--qdrant-collection", s.qdrant_collection, "Collection of homes whose configuration names none")
      ->type_name("NAME")
      ->group("Memory");
  command.add_option("--embedding-model", s.embedding_model, "Model of homes whose configuration names none")
      ->type_name("NAME")
      ->group("Memory");
  command.add_option("--qdrant-vector-size", s.qdrant_vector_size, "Numbers a vector of that model has")
      ->check(CLI::Range(1, 65'536))
      ->type_name("N")
      ->group("Memory");
  command.add_option("--qdrant-distance", s.qdrant_distance, "How vectors of that model are compared")
      ->check(CLI::IsMember({"Cosine", "Dot", "Euclid", "Manhattan"}))
      ->type_name("NAME")
      ->group("Memory");
  command.add_option("--qdrant-storage", s.qdrant_storage, "Storage folder of the server on this machine")
      ->type_name("DIR")
      ->group("Memory");
}

absl::Status ValidateSettings(const CheckSettings& s) {
  RETURN_IF_ERROR(Ordered(s.disk_free_low_gib, s.disk_free_critical_gib,
                          "--disk-free-low-gib: less than --disk-free-critical-gib; it is to warn before that"));
  RETURN_IF_ERROR(
      Ordered(s.disk_used_critical_percent, s.disk_used_low_percent,
              "--disk-used-low-percent: more than --disk-used-critical-percent; it is to warn before that"));
  RETURN_IF_ERROR(
      Ordered(s.inodes_free_low_percent, s.inodes_free_critical_percent,
              "--inodes-free-low-percent: less than --inodes-free-critical-percent; it is to warn before that"));
  RETURN_IF_ERROR(Ordered(static_cast<double>(s.qdrant_slow_ms), static_cast<double>(s.qdrant_sluggish_ms),
                          "--qdrant-slow-ms: less than --qdrant-sluggish-ms; that is to warn before it"));
  for (const std::string& folder : s.backup_folders) {
    if (!folder.starts_with('/')) return InvalidArgument("--backup-folder: " + folder + " is not an absolute path");
  }
  return absl::OkStatus();
}

}  // namespace fleet::agent
