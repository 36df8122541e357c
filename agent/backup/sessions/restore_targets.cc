#include "agent/backup/sessions/restore_targets.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "agent/backup/member_place.h"
#include "agent/backup/root_key.h"
#include "agent/repair/root_writer.h"
#include "agent/store/litter_name.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::string_view kConfigKey = "config/";

std::string Listed(const std::vector<SessionManifest::Root>& roots) {
  std::string text;
  for (const SessionManifest::Root& root : roots) text += (text.empty() ? "" : ", ") + ToUtf8(root.key);
  return text;
}

// Of the target: the one that was backed up from the same path, else the one of the same key.
std::optional<Root> RootFor(const SessionManifest::Root& saved, const std::vector<Root>& roots) {
  const std::vector<std::string> keys = RootKeysOf(roots);
  for (const Root& root : roots) {
    if (root.path == saved.path) return root;
  }
  const auto same = std::find(keys.begin(), keys.end(), saved.key);
  if (same == keys.end()) return std::nullopt;
  return roots[static_cast<std::size_t>(same - keys.begin())];
}

std::optional<Root> NewRootFor(const SessionManifest::Root& saved, const Home& home) {
  Root root;
  if (home.path.empty() || !IsRootKey(saved.key, root.kind)) return std::nullopt;
  root.path = home.data_home + "/" + saved.key;
  root.app = saved.key.substr(0, saved.key.find('/'));
  const std::string place = root.kind == RootKind::kGuide ? saved.key.substr(0, saved.key.rfind('/')) : saved.key;
  root.name = place.substr(place.rfind('/') + 1);
  root.owner = home.owner;
  return root;
}

// Why a file of the backup has no business in a root; empty when it has. What breaks a listing of dgmo's is no document
// that is missed.
std::string WhyNot(const WantedFile& wanted, const Root& root) {
  const Place& place = wanted.place;
  if (!IsPlainPath(wanted.path) || place.skip) return "does not belong into a data root";
  if (wanted.file.gone) return "was deleted while the backup was made";
  if (wanted.file.damaged) return "was damaged when it was backed up";
  if (place.cls == DocumentClass::kShare) return "holds a secret";
  const bool listed = place.area != Area::kOther || root.kind == RootKind::kForeign;
  if (place.cls == DocumentClass::kNone && listed) return "would disturb dgmo's listings";
  return "";
}

void AddFile(RestoreTarget& target, WantedFile wanted) {
  const std::string why = target.is_configuration ? "" : WhyNot(wanted, target.root);
  if (why.empty()) {
    target.files.push_back(std::move(wanted));
  } else {
    target.skipped.push_back(ToUtf8(wanted.member) + " " + why);
  }
}

void AddRootFiles(const SessionManifest& manifest, RestoreTarget& target) {
  const std::string begin = target.key + "/";
  for (auto file = manifest.files.lower_bound(begin); file != manifest.files.end() && file->first.starts_with(begin);
       ++file) {
    WantedFile wanted{
        .path = file->first.substr(begin.size()), .member = file->first, .place = {}, .file = file->second};
    if (!target.is_configuration) wanted.place = LayoutOf(target.root.kind).place(wanted.path, false);
    if (target.is_configuration && (wanted.path.find('/') != std::string::npos || wanted.file.damaged)) continue;
    AddFile(target, std::move(wanted));
  }
}

// Documents from anywhere in an old backup, by what their paths say they are.
RestoreTarget FromOldBackup(const SessionManifest& manifest, const Root& root) {
  RestoreTarget target{.key = "", .is_configuration = false, .root = root, .exists = true, .files = {}, .skipped = {}};
  const Layout& layout = LayoutOf(root.kind);
  std::set<std::string> taken;
  for (const auto& [member, file] : manifest.files) {
    MemberPlace old = PlaceOfMember(member, {});
    if (old.cls == DocumentClass::kNone) old = PlaceOfMember("sessions/" + member, {});
    WantedFile wanted{
        .path = layout.path_of(old.cls, old.subject, old.session), .member = member, .place = {}, .file = file};
    if (wanted.path.empty()) continue;
    wanted.place = layout.place(wanted.path, false);
    if (!taken.insert(wanted.path).second) {
      target.skipped.push_back(ToUtf8(member) + " is in the backup twice");
      continue;
    }
    AddFile(target, std::move(wanted));
  }
  return target;
}

absl::StatusOr<std::vector<RestoreTarget>> OfOldBackup(const RestoreRequest& request, const OpenedBackup& backup,
                                                       const std::vector<Root>& roots) {
  if (request.configuration) return InvalidArgument("that backup holds no configuration");
  if (roots.size() != 1) {
    return InvalidArgument("the backup does not say which data root it was made of; name one with --root");
  }
  return std::vector<RestoreTarget>{FromOldBackup(backup.manifest(), roots.front())};
}

}  // namespace

absl::StatusOr<std::vector<RestoreTarget>> RestoreTargets(const RestoreRequest& request, const OpenedBackup& backup,
                                                          const std::vector<Root>& roots) {
  if (!backup.has_manifest()) return OfOldBackup(request, backup, roots);
  const bool only_named = !request.target.explicit_roots.empty();
  if (!request.key.empty() && roots.size() != 1) {
    return InvalidArgument("--key needs exactly one data root to restore to; name it with --root");
  }
  std::vector<RestoreTarget> targets;
  std::set<std::string> taken;
  const auto& saved_roots = backup.manifest().roots;
  for (const SessionManifest::Root& saved : saved_roots) {
    RestoreTarget target{
        .key = saved.key, .is_configuration = false, .root = {}, .exists = false, .files = {}, .skipped = {}};
    if (saved.kind == "config") {
      const std::string app = saved.key.substr(std::min(kConfigKey.size(), saved.key.size()));
      if (only_named || (app != "dgmo" && app != "opencode")) continue;
      target.is_configuration = true;
      target.root = {.kind = RootKind::kForeign,
                     .path = request.target.home.config_home + "/" + app,
                     .app = "",
                     .name = "",
                     .owner = request.target.home.owner};
    } else {
      if (!request.key.empty() && request.key != saved.key) continue;
      std::optional<Root> root = request.key.empty() ? RootFor(saved, roots) : roots.front();
      if (!root && !only_named) root = NewRootFor(saved, request.target.home);
      if (!root && only_named) continue;
      if (!root) {
        return InvalidArgument("nothing tells where " + ToUtf8(saved.key) +
                               " belongs; name a root with --root and --key");
      }
      target.root = *std::move(root);
      // Two data homes had a root of that name, and only one is there now.
      if (!taken.insert(target.root.path).second) continue;
    }
    std::error_code error;
    target.exists = std::filesystem::is_directory(target.root.path, error);
    AddRootFiles(backup.manifest(), target);
    if (request.configuration && !target.is_configuration) {
      // The guide has its configuration in the root.
      std::erase_if(target.files, [](const WantedFile& wanted) {
        return wanted.place.cls != DocumentClass::kConfig &&
               (wanted.place.cls != DocumentClass::kApp || wanted.path == "app.json");
      });
      target.skipped.clear();
      if (target.files.empty()) continue;
    }
    targets.push_back(std::move(target));
  }
  if (!targets.empty()) return targets;
  return InvalidArgument("the backup has nothing for this; it holds " + Listed(saved_roots) +
                         ", and --key with one --root takes one of them");
}

absl::Status KeepOnlySession(const std::string& session, const OpenedBackup& backup,
                             std::vector<RestoreTarget>& targets) {
  DocumentParser parser;
  std::map<std::string, const Place*> places;
  std::set<std::string> members;
  for (const RestoreTarget& target : targets) {
    for (const WantedFile& wanted : target.files) {
      const bool tells = wanted.place.cls == DocumentClass::kSession || wanted.place.cls == DocumentClass::kSubsession;
      if (!tells) continue;
      places.emplace(wanted.member, &wanted.place);
      members.insert(wanted.member);
    }
  }
  std::multimap<std::string, std::string> children;
  std::set<std::string> parents;
  bool known = false;
  const auto take = [&](const std::string& member, std::string_view bytes) {
    const Place& place = *places.at(member);
    known = known || place.subject == session;
    const Document document = parser.Parse(place.cls, PaddedText(bytes));
    std::string parent;
    if (const auto* info = std::get_if<SessionDocument>(&document)) {
      if (info->parent_kind == SessionDocument::Parent::kId) parent = info->parent;
    } else if (const auto* record = std::get_if<SubsessionDocument>(&document)) {
      parent = record->parent;
    }
    if (parent.empty()) return absl::OkStatus();
    children.emplace(parent, place.subject);
    if (place.subject == session) parents.insert(parent);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(backup.Extract(members, take));
  std::set<std::string> tree = {session};
  for (std::vector<std::string> todo = {session}; !todo.empty();) {
    const std::string parent = std::move(todo.back());
    todo.pop_back();
    for (auto [child, end] = children.equal_range(parent); child != end; ++child) {
      if (tree.insert(child->second).second) todo.push_back(child->second);
    }
  }
  for (RestoreTarget& target : targets) {
    std::erase_if(target.files, [&](const WantedFile& wanted) {
      const Place& place = wanted.place;
      if (place.cls == DocumentClass::kMessage) {
        known = known || (place.session == session);
        return !tree.contains(place.session);
      }
      const bool index = place.cls == DocumentClass::kIndex && parents.contains(place.subject);
      return !index && (place.subject.empty() || !tree.contains(place.subject));
    });
    target.skipped.clear();
  }
  std::erase_if(targets, [](const RestoreTarget& target) { return target.files.empty(); });
  if (known && !targets.empty()) return absl::OkStatus();
  return NotFound("the backup " + ToUtf8(backup.path()) + " does not hold session " + ToUtf8(session) +
                  "; an earlier one may: --at TIME, or --from FILE");
}

}  // namespace fleet::agent
