#include <algorithm>

#include "agent/checks/rules.h"
#include "common/time_text.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kPaths = 64;

bool IsFresh(const HomeView& home, const DifferingDocument::Copy& copy) {
  return std::any_of(home.roots.begin(), home.roots.end(), [&](const RootView& root) {
    return root.model().root.path == copy.root && root.IsFresh(copy.stat.mtime_ms());
  });
}

std::string_view Noun(DocumentClass cls) {
  switch (cls) {
    case DocumentClass::kSession: return "info";
    case DocumentClass::kSubsession: return "record";
    case DocumentClass::kIndex: return "index";
    default: return "message";
  }
}

void AddCopies(const DifferingDocument& document, Finding& finding) {
  finding.evidence["first"] = std::string(Noun(document.cls)) + " " + document.id;
  for (std::size_t i = 0; i < document.copies.size() && i < 8; ++i) {
    const DifferingDocument::Copy& copy = document.copies[i];
    finding.evidence["copy_" + std::to_string(i + 1)] = copy.root + ": " + std::to_string(copy.stat.size) +
                                                        " bytes, written " + TimeText(copy.stat.mtime_ms()) +
                                                        ", sha256 " + copy.sha256;
  }
}

}  // namespace

// One finding a session: its documents part ways together, when it was continued in another root.
void CheckDuplicates(const HomeView& home, std::vector<Finding>& findings) {
  if (!home.model.duplicates) return;
  for (const auto& [id, session] : home.model.duplicates->sessions) {
    std::vector<std::string> paths;
    const DifferingDocument* first = nullptr;
    for (const DifferingDocument& document : session.documents) {
      const bool fresh = std::any_of(document.copies.begin(), document.copies.end(),
                                     [&](const auto& copy) { return IsFresh(home, copy); });
      if (fresh) continue;
      if (first == nullptr) first = &document;
      for (const auto& copy : document.copies) {
        if (paths.size() < kPaths) paths.push_back(copy.root + "/" + copy.path);
      }
    }
    if (first == nullptr) continue;
    Finding finding = DraftFinding("STORAGE_DUPLICATE_ID", "", home.model.home.path, id, std::move(paths));
    finding.evidence["documents"] = session.count;
    finding.evidence["messages"] = session.messages;
    AddCopies(*first, finding);
    findings.push_back(std::move(finding));
  }
}

}  // namespace fleet::agent
