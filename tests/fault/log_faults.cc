#include <absl/time/clock.h>
#include <absl/time/time.h>

#include <filesystem>
#include <utility>

#include "tests/fault/victims.h"

namespace fleet {

namespace {

namespace fs = std::filesystem;

std::string Stamp(const char* format, absl::Duration ago) {
  return absl::FormatTime(format, absl::Now() - ago, absl::UTCTimeZone());
}

// As dgmo's server writes them.
std::string Line(const std::string& level, absl::Duration ago, const std::string& text) {
  return level + std::string(6 - level.size(), ' ') + Stamp("%Y-%m-%dT%H:%M:%S", ago) + " +3ms " + text + "\n";
}

std::string QuietLines(absl::Duration ago) {
  return Line("INFO", ago, "service=default version=0.2.3 args= dgmo") +
         Line("INFO", ago, "service=app cwd=/home/mira/src/payments-api creating");
}

Injected Expect(std::string code, Severity severity, std::string path) {
  return {.name = "", .code = std::move(code), .severity = severity, .path = std::move(path), .subject_id = ""};
}

// A line of a known error in the log of a start two hours ago.
Inject ServerLine(std::string pattern, std::string level, std::string text) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const StoreRoot app{.path = victims.data_home() + "/dgmo"};
    const std::string name = "log/" + Stamp("%Y-%m-%dT%H%M%S", absl::Hours(2)) + ".log";
    const absl::Duration ago = absl::Hours(2);
    app.Write(name, QuietLines(ago) + Line(level, ago - absl::Seconds(3), text) + QuietLines(ago - absl::Seconds(4)));
    return Expect("LOG_PATTERN_" + pattern, Severity::kP3, app.path + "/" + name);
  };
}

// The log of the terminal interface, in a zone of its own.
absl::StatusOr<Injected> InterfaceLine(Victims& victims) {
  const StoreRoot* root = victims.AnyRoot(false);
  if (root == nullptr) return NothingToBreak("root of a project");
  const absl::Time time = absl::Now() - absl::Minutes(30);
  root->Write("log/tui.log",
              "time=" + absl::FormatTime("%Y-%m-%dT%H:%M:%E3S%Ez", time, absl::FixedTimeZone(8 * 3600)) +
                  " level=ERROR msg=\"Failed to unmarshal app info\" error=\"unexpected end of JSON input\"\n");
  return Expect("LOG_PATTERN_TUI_APPINFO", Severity::kP3, root->path + "/log/tui.log");
}

absl::StatusOr<Injected> GuideLine(Victims& victims) {
  const StoreRoot* root = victims.AnyRoot(true);
  if (root == nullptr) return NothingToBreak("workspace of the guide");
  root->Write("logs/error.log", "Sub-session index corrupted\n");
  return Expect("LOG_PATTERN_INDEX_CORRUPT", Severity::kP3, root->path + "/logs/error.log");
}

// A session is asked for whose info is gone: the pattern is confirmed by the finding about that very session.
absl::StatusOr<Injected> ConfirmedLine(Victims& victims) {
  const std::optional<Victim> victim = victims.Main();
  if (!victim) return NothingToBreak("main session");
  victim->root->Remove(victim->root->InfoPath(victim->id));
  absl::StatusOr<Injected> injected =
      ServerLine("SESSION_NOT_FOUND", "ERROR", "service=session Session not found: " + victim->id)(victims);
  if (injected.ok()) injected->severity = Severity::kP1;
  if (injected.ok()) injected->subject_id = victim->id;
  return injected;
}

// An agent that failed a minute ago.
absl::StatusOr<Injected> FailedSummary(Victims& victims) {
  const std::optional<Victim> victim = victims.Child();
  if (!victim) return NothingToBreak("sub-session");
  const std::string path = StoreRoot::RecordPath(victim->id);
  Json record = victim->root->records.at(victim->id);
  record["status"] = "failed";
  record["completedAt"] = absl::ToUnixMillis(absl::Now() - absl::Minutes(1));
  record["summary"] = "Failed: Expected dictionary but got string";
  victim->root->Write(path, record.dump());
  victim->root->SetMtimeMs(path, absl::ToUnixMillis(absl::Now() - absl::Minutes(1)));
  Injected injected = Expect("LOG_PATTERN_METADATA_FORMAT", Severity::kP3, victim->root->path + "/" + path);
  injected.subject_id = victim->id;
  return injected;
}

absl::StatusOr<Injected> CrashLoop(Victims& victims) {
  const StoreRoot app{.path = victims.data_home() + "/dgmo"};
  std::string name;
  for (int i = 0; i < 3; ++i) {
    const absl::Duration ago = absl::Minutes(10) - absl::Minutes(i);
    name = "log/" + Stamp("%Y-%m-%dT%H%M%S", ago) + ".log";
    app.Write(name, QuietLines(ago) +
                        Line("ERROR", ago - absl::Seconds(1), "service=default name=ConfigInvalid fatal") +
                        "    at start (index.ts:9)\n");
  }
  return Expect("DGMO_CRASH_LOOP", Severity::kP1, app.path + "/" + name);
}

Inject Oversize(bool guide, std::int64_t bytes) {
  return [=](Victims& victims) -> absl::StatusOr<Injected> {
    const StoreRoot* root = victims.AnyRoot(guide);
    if (root == nullptr) return NothingToBreak("root");
    const std::string path = guide ? "logs/system.log" : "log/tui.log";
    root->Write(path, "begin\n");
    fs::resize_file(root->path + "/" + path, static_cast<std::uintmax_t>(bytes));
    return Expect("LOG_OVERSIZE", Severity::kP3, root->path + "/" + path);
  };
}

}  // namespace

void AddLogFaults(std::vector<Fault>& faults) {
  const std::vector<Fault> all = {
      // Patterns that no state of the machine confirms, so that the severity is the same wherever this runs.
      {{"log-session-busy", "a log says that a session was busy"},
       ServerLine("SESSION_BUSY", "ERROR", "service=session error=Session ses_816aecd9affetzTJbgUmNbzSey is busy")},
      {{"log-memory-format", "a log says that a memory could not be stored"},
       ServerLine("METADATA_FORMAT", "WARN", "service=mcp error=Expected dictionary but got string")},
      {{"log-bad-config", "a log says that a configuration was refused"},
       ServerLine("CONFIG_BAD_SCHEMA", "ERROR", "service=default error=ConfigInvalidError stopped")},
      {{"log-interface", "the log of the terminal interface holds a known error, in another zone"}, InterfaceLine},
      {{"guide-log-line", "a log of a workspace holds an undated known error"}, GuideLine},
      {{"log-confirmed", "a log asks for a session whose info was deleted"}, ConfirmedLine},
      {{"log-failed-summary", "a sub-session failed a minute ago with a known error"}, FailedSummary},
      {{"crash-loop", "three starts within minutes ended in an error"}, CrashLoop},
      {{"log-oversize", "the log of an interface grew beyond 100 MB"}, Oversize(false, (std::int64_t{100} << 20) + 1)},
      {{"guide-log-oversize", "the log of a workspace grew beyond 10 MB"},
       Oversize(true, (std::int64_t{10} << 20) + 1)},
  };
  faults.insert(faults.end(), all.begin(), all.end());
}

}  // namespace fleet
