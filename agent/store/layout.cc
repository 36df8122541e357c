#include "agent/store/layout.h"

namespace fleet::agent {

namespace {
// Layouts that are roots when one of their directories is named: the more telling one first.
constexpr const Layout* kLayouts[] = {&kGuideLayout, &kProgramLayout, &kForeignLayout};
}  // namespace

std::span<const Layout* const> AllLayouts() { return kLayouts; }

const Layout& LayoutOf(RootKind kind) {
  for (const Layout* layout : kLayouts) {
    if (layout->kind == kind) return *layout;
  }
  return kind == RootKind::kHome ? kHomeLayout : kForeignLayout;
}

std::string_view RootKindText(RootKind kind) {
  static constexpr std::string_view kTexts[] = {"U", "G", "M", "H"};
  return kTexts[static_cast<int>(kind)];
}

}  // namespace fleet::agent
