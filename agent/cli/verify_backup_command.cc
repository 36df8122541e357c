#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/backup/backup_text.h"
#include "agent/backup/verify.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "common/clock.h"
#include "common/status.h"
#include "common/terminal.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string file;
  std::string level = "standard";
  bool json = false;
};

struct Verified {
  std::string path;
  std::int64_t size = 0;
  bool is_folder = false;
  BackupVerdict verdict;
  std::int64_t begin_ms = 0;
  std::int64_t end_ms = 0;
};

VerifyLevel LevelOf(const std::string& text) {
  if (text == "quick") return VerifyLevel::kQuick;
  if (text == "full") return VerifyLevel::kFull;
  return text == "deep" ? VerifyLevel::kDeep : VerifyLevel::kStandard;
}

// A file that was given another name is taken for what its end says.
absl::StatusOr<BackupName> NameOf(const std::string& name, bool is_folder) {
  if (std::optional<BackupName> known = ParseBackupName(name, is_folder)) return *std::move(known);
  if (is_folder) return BackupName{.kind = BackupKind::kSessions, .is_folder = true, .made_ms = {}, .collection = ""};
  if (name.size() > 7 && name.substr(name.size() - 7) == ".tar.gz") return BackupName{};
  return InvalidArgument("not a backup: " + ToUtf8(name) +
                         "; give a .tar.gz archive of sessions, a Qdrant .snapshot, " + "or a copied folder");
}

absl::StatusOr<Verified> Verify(const Options& options, const Clock& clock) {
  std::error_code error;
  // What is named on the command line may be a link; from here on none is followed.
  const std::filesystem::path path = std::filesystem::canonical(options.file, error);
  if (error) return Annotate(FromErrno(error.value(), "cannot open " + ToUtf8(options.file)), "verify-backup");
  const bool is_folder = std::filesystem::is_directory(path, error);
  ASSIGN_OR_RETURN(const BackupName name, NameOf(path.filename(), is_folder));
  ASSIGN_OR_RETURN(const Directory folder, Directory::OpenRoot(path.parent_path()));
  Verified verified{.path = path, .is_folder = is_folder, .verdict = {}};
  if (!is_folder) verified.size = static_cast<std::int64_t>(std::filesystem::file_size(path, error));
  verified.begin_ms = ToMillis(clock.Now());
  verified.verdict = VerifyWholeBackup(folder, path.filename(), name, LevelOf(options.level));
  verified.end_ms = ToMillis(clock.Now());
  return verified;
}

Json ToJson(const Verified& verified, const std::string& level) {
  const BackupVerdict& verdict = verified.verdict;
  Json json{{"backup_file", ToUtf8(verified.path)},
            {"verification_level", level},
            {"status", BackupStateText(verdict.state)},
            {"start_time", TimeText(verified.begin_ms)},
            {"end_time", TimeText(verified.end_ms)},
            {"duration", static_cast<double>(verified.end_ms - verified.begin_ms) / 1000},
            {"archive_size", verified.size},
            {"extracted_size", verdict.unpacked_bytes},
            {"file_count", verdict.files},
            {"document_count", verdict.documents},
            {"compression_ratio", nullptr},
            {"checksum_type", verdict.sha256.empty() ? Json() : Json("sha256")},
            {"checksum", verdict.sha256.empty() ? Json() : Json(verdict.sha256)},
            {"errors", Json::array()},
            {"warnings", Json::array()}};
  if (verified.size > 0) {
    json["compression_ratio"] = static_cast<double>(verdict.unpacked_bytes) / static_cast<double>(verified.size);
  }
  for (const std::string& error : verdict.errors) json["errors"].push_back(ToUtf8(error));
  for (const std::string& warning : verdict.warnings) json["warnings"].push_back(ToUtf8(warning));
  return json;
}

std::string Text(const Verified& verified) {
  const BackupVerdict& verdict = verified.verdict;
  std::string text = ToPrintable(verified.path) + ": " + std::string(BackupStateText(verdict.state)) + "\n";
  for (const std::string& error : verdict.errors) text += "  error: " + ToPrintable(error) + "\n";
  for (const std::string& warning : verdict.warnings) text += "  warning: " + ToPrintable(warning) + "\n";
  return text + "  " + std::to_string(verdict.files) + " files, " + std::to_string(verdict.documents) +
         " readable documents of sessions, " + std::to_string(verdict.unpacked_bytes) + " bytes\n";
}

int Run(const Options& options) {
  const absl::StatusOr<Verified> verified = Verify(options, SystemClock());
  if (!verified.ok()) return ReportError(verified.status());
  if (options.json) {
    std::cout << ToJson(*verified, options.level).dump(2) << '\n';
  } else {
    std::cout << Text(*verified);
  }
  if (verified->verdict.state == BackupState::kUnverified) return 2;
  return verified->verdict.state == BackupState::kGood ? 0 : 1;
}

}  // namespace

void AddVerifyBackupCommand(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("verify-backup", "Read a backup through to its end and compare its check sums");
  command->footer("Exit code: 0 good, 1 bad, 2 could not run or could not read it.");
  auto options = std::make_shared<Options>();
  command->add_option("file", options->file, "An archive of sessions, a Qdrant snapshot or a copied folder")
      ->required()
      ->type_name("FILE");
  command
      ->add_option(
          "--level", options->level,
          "quick: members and check sums, also of earlier archives it needs; standard: also documents and sums; "
          "full: also every single file; deep: also against the data roots, where nothing has changed since")
      ->check(CLI::IsMember({"quick", "standard", "full", "deep"}))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent
