#include "agent/cli/guide_table.h"

#include <nlohmann/json.hpp>

#include "common/terminal.h"

namespace fleet::agent {

namespace {

constexpr GuideRow kRows[] = {
    {"quick-check.ts", "basic health", "dgmo-agent check --quick [--session ID]", ""},
    {"diagnose-subsessions.ts", "sub-session diagnostics", "dgmo-agent diagnose [-o FILE]",
     "read-only; the script made a session in the live store at every run"},
    {"debug-json-error.ts", "JSON validation", "dgmo-agent validate [FILE...]",
     "read-only; the script overwrote valid configuration files"},
    {"repair-indexes.ts", "rebuild indexes", "dgmo-agent repair --repair R-INDEX [--apply]",
     "shows its plan first, backs up, verifies and can be undone"},
    {"verify-subsessions-now.ts", "consistency", "dgmo-agent relations", "every session, not the newest ten"},
    {"realtime-monitor.ts", "real-time view", "dgmo-agent watch", ""},
    {"session-manager.ts", "session recovery", "dgmo-agent repair --repair R-SESSION-RECOVER [--session ID] [--apply]",
     "makes no empty session; `dgmo-agent sessions` lists what is there"},
    {"monitor-subsessions.ts", "follow sub-sessions",
     "dgmo-agent watch --kind subsession_created,"
     "subsession_status_changed,index_changed [--parent ID]",
     ""},
    {"monitor-subsessions-wsl.ts", "the same on WSL", "dgmo-agent watch",
     "polls where the file system cannot be watched; creates nothing"},
    {"monitor-task-tool.ts", "follow tasks", "dgmo-agent tasks", "from records and the task log on disk"},
    {"trace-subsessions.ts", "trace the guide's layout", "dgmo-agent watch [--session ID]", ""},
    {"trace-task-execution.ts", "trace tasks", "dgmo-agent tasks", "`dgmo-agent storage-probe` tests writing"},
    {"trace-storage.ts", "storage test", "dgmo-agent storage-probe",
     "never in dgmo's own folders; the script wrote fake documents into the live store"},
    {"check-subsessions-simple.ts", "short summary", "dgmo-agent check --quick",
     "read-only; the script deleted opencode.json"},
    {"check-task-tool.ts", "task tool check", "dgmo-agent tasks", "and `dgmo-agent ready` for the installed program"},
    {"check-temp-dirs.ts", "temporary folders", "dgmo-agent temp", ""},
    {"find-empty-json.ts", "empty files", "dgmo-agent validate", "every file of every root, not the first twenty"},
    {"find-main-sessions.ts", "list of sessions", "dgmo-agent sessions [--tree]", ""},
    {"find-my-subsessions.ts", "where is a session", "dgmo-agent where ID", ""},
    {"fix-subsessions.bat", "menu of repairs", "dgmo-agent repair [--apply]", ""},
    {"fix-and-run-tui.sh", "make dgmo start", "dgmo-agent ready", "builds nothing and replaces nothing"},
    {"fix-app-init.sh", "app initialisation", "dgmo-agent repair --repair R-CONFIG-CREATE [--apply]",
     "only files that are missing or cannot be read; OPENCODE_DATA_PATH has no effect on dgmo"},
    {"apply-fix-to-system.sh", "apply a fix everywhere", "dgmoctl dispatch start",
     "an approved repair on chosen machines"},
    {"consolidate-sessions.sh", "merge stores", "dgmo-agent consolidate [--apply]",
     "unites indexes and leaves the sources alone; the script lost entries"},
    {"test-subsessions.sh", "test of the tracking", "dgmo-agent self-test", "on a store made for it"},
    {"test-vision.sh", "images are not seen", "dgmo-agent vision", ""},
    {"test-visual-mode.sh", "visual mode server", "",
     "not applicable: dgmo has no visual server; `dgmo-agent ready` tells who uses its ports"},
    {"test-fix.sh", "did the fix work", "dgmo-agent repair --apply",
     "every repair looks again and is rolled back when the fault is still there"},
    {"verify-context.ts", "which folder is mine", "dgmo-agent map [DIR]", ""},
    {"qdrant-backup.sh", "backup of memories", "dgmo-agent qdrant backup",
     "copies the snapshot here and verifies it; `dgmo-agent qdrant restore` brings it back"},
    {"manual session recovery", "copy, rebuild, verify", "dgmo-agent repair --apply",
     "backs up by itself; `dgmo-agent restore [--session ID]` brings back what is gone"},
    {"rebuild Qdrant", "collection and snapshot", "dgmo-agent qdrant restore | create | revector",
     "the guide's way deletes first and loses every memory; these delete nothing first"},
    {"migrate storage", "move the data", "dgmo-agent migrate ROOT --to DIR [--apply]",
     "compares the copy and leaves the source; the guide's line makes a folder named ~"},
    {"backup-<date>.tar.gz", "pack of sessions", "dgmo-agent archive [--apply]",
     "old sessions only; `dgmo-agent backup` saves everything, and `restore` takes old packs too"},
    {"dgmo --no-memory, --stateless, --temp-session", "start without memory", "dgmo-agent bypass on",
     "dgmo has no such options; bypass off gives the very same files back"},
    {"DISABLE_QDRANT, MEMORY_BACKEND, DEBUG, DGMO_SESSION_ID", "environment", "", "nothing reads them"},
    {"time quick-check, du, ps, free", "performance", "dgmo-agent performance", ""},
    {"diagnostic-report.txt", "report for escalation", "dgmo-agent bundle -o FILE", "secrets and prompts stay here"},
};

}  // namespace

std::span<const GuideRow> GuideTable() { return kRows; }

std::string GuideText() {
  Table table({"THE GUIDE'S", "FOR", "HERE", "NOTE"});
  for (const GuideRow& row : kRows) {
    table.Add({std::string(row.name), std::string(row.purpose), std::string(row.command.empty() ? "-" : row.command),
               std::string(row.note)});
  }
  return table.Text();
}

nlohmann::ordered_json GuideJson() {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const GuideRow& row : kRows) {
    nlohmann::ordered_json json = {
        {"guide", row.name}, {"purpose", row.purpose}, {"command", nullptr}, {"note", nullptr}};
    if (!row.command.empty()) json["command"] = row.command;
    if (!row.note.empty()) json["note"] = row.note;
    rows.push_back(std::move(json));
  }
  return {{"guide", rows}};
}

}  // namespace fleet::agent
