#include <optional>
#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/encoding_text.h"
#include "agent/repair/repairs/config_files.h"
#include "agent/repair/repairs/rebuild.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

bool IsOfEncoding(const Fault& fault) {
  return fault.kind == FaultKind::kEncoding || fault.kind == FaultKind::kByteOrderMark;
}

// Bytes beyond ASCII that come out as anything but text within strings leave no JSON, so that the parser judges the
// guess too.
Answer PlanEncoding(const PlannedRoot& root, const HomeModel&, const Finding& finding) {
  const std::string path = RelativePath(root, finding.path);
  const auto found = root.model().damaged.find(path);
  if (found == root.model().damaged.end() || !IsOfEncoding(found->second.fault)) return Cure{};
  if (std::optional<Refusal> obstacle = ObstacleAt(root, path)) return *std::move(obstacle);
  const auto bytes = root.Read(path);
  if (!bytes.ok()) return Refusal{"unreadable", ToUtf8(path) + " could not be read; see to its permissions first"};
  std::optional<DecodedText> decoded = DecodeText(*bytes);
  if (!decoded) {
    return Refusal{"unknown_encoding", ToUtf8(path) + " is in no encoding that is known here; convert it by hand"};
  }
  const Document document = root.parser().Parse(found->second.place.cls, PaddedText(decoded->text));
  if (std::holds_alternative<Fault>(document)) {
    return Refusal{"no_document", "read as " + decoded->was + ", " + ToUtf8(path) +
                                      " is still not what it should be; look at it and convert or restore it by hand"};
  }
  std::string note = "was " + decoded->was + ", is plain UTF-8 now; ";
  // What dgmo refuses of a configuration can only be seen now; dgmo would not start on what is left.
  const bool in_home = root.model().root.kind == RootKind::kHome && found->second.place.cls == DocumentClass::kConfig;
  const std::string removed = in_home ? RemoveRefusedKeys(path, decoded->text) : "";
  note += removed.empty() ? "nothing else changed"
                          : "without what dgmo refuses: " + removed + "; the journal keeps the original";
  return Cure{.changes = {WriteFile{path, std::move(decoded->text)}}, .note = std::move(note)};
}

}  // namespace

const Repair kEncoding = {.id = "R-ENCODING", .in_home = true, .plan = PlanEncoding};

}  // namespace fleet::agent
