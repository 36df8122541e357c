#include "agent/backup/root_key.h"

#include <re2/re2.h>

#include <set>

#include "common/sha256.h"

namespace fleet::agent {

namespace {

constexpr char kProgramKey[] = "(?:dgmo|opencode)/project/[^/]+";
constexpr char kGuideKey[] = "opencode/User/workspaceStorage/[^/]+/dgmo";
constexpr std::size_t kShortSum = 8;

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

RE2::Options Bytes() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);  // names are bytes
  return options;
}

std::string ShortSum(const std::string& path) { return Sha256Hex(path).substr(0, kShortSum); }

}  // namespace

std::string RootKeyOf(const Root& root) {
  if (!root.app.empty() && root.kind == RootKind::kGuide) {
    return root.app + "/User/workspaceStorage/" + root.name + "/dgmo";
  }
  if (!root.app.empty()) return root.app + "/project/" + root.name;
  std::string key;
  static const RE2 kWhole(std::string(".*/(") + kProgramKey + "|" + kGuideKey + ")", Bytes());
  if (RE2::FullMatch(Piece(root.path), kWhole, &key)) return key;
  return "root/" + root.path.substr(root.path.rfind('/') + 1) + "~" + ShortSum(root.path);
}

std::vector<std::string> RootKeysOf(const std::vector<Root>& roots) {
  std::vector<std::string> keys;
  std::set<std::string> known;
  for (const Root& root : roots) {
    std::string key = RootKeyOf(root);
    if (!known.insert(key).second) known.insert(key += "~" + ShortSum(root.path));
    keys.push_back(std::move(key));
  }
  return keys;
}

bool IsRootKey(std::string_view key, RootKind& kind) {
  static const RE2 kProgram(kProgramKey, Bytes());
  static const RE2 kGuide(kGuideKey, Bytes());
  kind = RE2::FullMatch(Piece(key), kGuide) ? RootKind::kGuide : RootKind::kProgram;
  if (kind == RootKind::kGuide) return true;
  if (!RE2::FullMatch(Piece(key), kProgram)) return false;
  const std::string_view name = key.substr(key.rfind('/') + 1);
  return name != "." && name != "..";
}

}  // namespace fleet::agent
