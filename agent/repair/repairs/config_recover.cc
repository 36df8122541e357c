#include <optional>
#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/json_edit.h"
#include "agent/repair/repairs/config_files.h"
#include "agent/repair/repairs/rebuild.h"
#include "agent/store/jsonc.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

// More keys than that and somebody should look at the file himself.
constexpr std::size_t kMostRemoved = 32;

struct Broken {
  const PlannedRoot& root;
  const std::string& path;
  const std::string& bytes;
};

bool IsInHome(const Broken& file) { return file.root.model().root.kind == RootKind::kHome; }

// Where a usable file may come from; nullopt when this source has none.
using Source = std::optional<Cure> (*)(const Broken& file);

std::optional<Cure> Take(const Broken& file, std::string bytes, std::string note) {
  if (!IsUsable(file.root, file.path, bytes)) return std::nullopt;
  return Cure{.changes = {WriteFile{file.path, std::move(bytes)}}, .note = std::move(note)};
}

// Takes out one thing that dgmo refuses; what needs a key that is missing goes itself. nullopt when it cannot.
std::optional<std::string> Without(const std::string& text, const SchemaViolation& violation) {
  JsonPath path = PathOfPointer(violation.pointer);
  std::optional<std::string> without = WithoutJson(text, path);
  for (; !without && !path.empty(); path.pop_back()) without = WithoutJson(text, path);
  return without;
}

}  // namespace

std::string RemoveRefusedKeys(const std::string& path, std::string& text) {
  std::string removed;
  for (std::size_t count = 0; count < kMostRemoved; ++count) {
    const ConfigDocument document = JudgeConfig(path, text);
    if (document.fault || document.violations.empty()) break;
    const SchemaViolation& first = document.violations.front();
    std::optional<std::string> without = Without(text, first);
    if (!without) break;
    text = *std::move(without);
    removed += (removed.empty() ? "" : ", ") + ToUtf8(first.pointer) + " (" + first.expected + ")";
  }
  return removed;
}

namespace {

// The file as its owner wrote it, but for what its reader cannot take.
std::optional<Cure> FromItself(const Broken& file) {
  std::string text = file.bytes;
  std::string note;
  const auto add = [&](const std::string& what) { note += (note.empty() ? "without " : ", ") + what; };
  if (text.find('\0') != std::string::npos) {
    text = WithoutTail(text).value_or(text);
    add("the zero bytes at its end");
  }
  PlainJson plain = WithoutComments(text);
  if (plain.first) {
    text = std::move(plain.text);
    add("comments and trailing commas");
  }
  const std::string removed = IsInHome(file) ? RemoveRefusedKeys(file.path, text) : "";
  if (!removed.empty()) add("what dgmo refuses: " + removed);
  if (note.empty()) return std::nullopt;
  return Take(file, std::move(text), note + "; the journal keeps the original");
}

std::optional<Cure> FromCopyBeside(const Broken& file) {
  auto bytes = file.root.Read(file.path + ".backup");
  if (!bytes.ok()) return std::nullopt;
  return Take(file, *std::move(bytes), "from the copy beside it, " + ToUtf8(file.path) + ".backup");
}

// The same file under dgmo's other name; empty when it has none.
std::string OtherName(std::string path) {
  const std::string names[] = {"opencode", "dgmo"};
  for (int i = 0; i < 2; ++i) {
    for (const std::string tail : {"/config.json", ".json", ".jsonc"}) {
      const std::string end = names[i] + tail;
      if (!path.ends_with(end)) continue;
      return path.replace(path.size() - end.size(), end.size(), names[1 - i] + tail);
    }
  }
  return "";
}

std::optional<Cure> FromOtherName(const Broken& file) {
  const std::string other = IsInHome(file) ? OtherName(file.path) : "";
  auto bytes = other.empty() ? absl::StatusOr<std::string>(absl::NotFoundError("")) : file.root.Read(other);
  if (!bytes.ok()) return std::nullopt;
  return Take(file, *std::move(bytes), "from " + ToUtf8(other) + ", which dgmo takes as it is");
}

std::optional<Cure> FromNothing(const Broken& file) {
  if (IsInHome(file)) {
    return Take(file, "{}", "nothing usable is left of it: made anew without settings; the journal keeps the original");
  }
  Answer answer = CreateGuideFile(file.root, file.path);
  if (auto* cure = std::get_if<Cure>(&answer)) return std::move(*cure);
  return std::nullopt;
}

// In order. A copy from the archive of a backup belongs before the one beside the file.
constexpr Source kSources[] = {FromItself, FromCopyBeside, FromOtherName, FromNothing};

Answer PlanConfigRecover(const PlannedRoot& root, const HomeModel&, const Finding& finding) {
  const std::string path = RelativePath(root, finding.path);
  const Place place = LayoutOf(root.model().root.kind).place(path, false);
  if (place.cls != DocumentClass::kConfig) {
    return Refusal{"not_json", ToUtf8(path) + " is a file that dgmo itself replaces; correct it by hand or remove it"};
  }
  if (std::optional<Refusal> obstacle = ObstacleAt(root, path)) return *std::move(obstacle);
  const auto bytes = root.Read(path);
  if (absl::IsNotFound(bytes.status())) return Cure{};
  if (!bytes.ok()) {
    return Refusal{"unreadable", ToUtf8(path) +
                                     " is not a plain file that can be read (links are not followed); see to "
                                     "it by hand"};
  }
  if (static_cast<std::int64_t>(bytes->size()) > SizeLimit(place.cls)) {
    return Refusal{"too_large", ToUtf8(path) + " is larger than is ever read; look at it and move it away"};
  }
  if (IsUsable(root, path, *bytes)) return Cure{};
  for (const Source source : kSources) {
    if (std::optional<Cure> cure = source({root, path, *bytes})) return *std::move(cure);
  }
  return Refusal{"no_source", "nothing is left to recover " + ToUtf8(path) + " from"};
}

}  // namespace

const Repair kConfigRecover = {.id = "R-CONFIG-RECOVER", .in_home = true, .plan = PlanConfigRecover};

}  // namespace fleet::agent
