#include "agent/qdrant/home_scene.h"

#include <algorithm>

#include "agent/qdrant/reason.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

// The key belongs to the server that it was given for.
absl::Status UseUrl(const std::string& url, CheckSettings settings, QdrantTarget& target) {
  settings.qdrant_url = url;
  const QdrantTarget other = QdrantTargetOf(ConfigFacts(), settings);
  if (PlainUrl(other.url).empty()) return InvalidArgument(ToUtf8(AddressOf(url)) + ": not a URL of http or https");
  if (other.address != target.address) target.api_key = settings.qdrant_api_key;
  target.url = other.url;
  target.address = other.address;
  target.embedded = false;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<HomeScene>> HomeScene::Of(const HomeModel& home, const CheckSettings& settings,
                                                         const std::string& state, const Clock& clock,
                                                         std::function<void(std::chrono::milliseconds)> pause,
                                                         const Options& options) {
  if (!home.config) {
    return Refuse("config_unreadable", "the configuration of " + ToUtf8(home.home.path) +
                                           " could not be read, so its server is not known; see dgmo-agent check");
  }
  auto owner = std::make_unique<HomeScene>();
  owner->target_ = QdrantTargetOf(*home.config, settings);
  if (!options.url.empty()) RETURN_IF_ERROR(UseUrl(options.url, settings, owner->target_));
  if (!options.collection.empty()) owner->target_.collection = options.collection;
  if (owner->target_.embedded) {
    return Refuse("embedded",
                  "this home's memory has no server: it is kept in files of the MCP server; name a server with --url");
  }
  QdrantAdmin::Options admin;
  admin.url = owner->target_.url;
  admin.api_key = owner->target_.api_key;
  admin.answer_limit = options.answer_limit;
  admin.work_limit = options.work_limit;
  admin.stall_limit = std::max(std::chrono::seconds(1), std::chrono::floor<std::chrono::seconds>(options.answer_limit));
  admin.pause = pause;
  owner->admin_ = std::make_unique<QdrantAdmin>(std::move(admin), clock);
  std::vector<std::string> more = settings.backup_folders;
  for (const RootModel& root : home.roots) {
    if (root.root.kind == RootKind::kGuide) more.push_back(root.root.path + "/storage/qdrant");
  }
  const std::string usual = home.home.path + "/backups/qdrant";
  if (!options.backups.empty()) more.push_back(usual);
  owner->scene_ =
      std::make_unique<QdrantScene>(QdrantScene{.admin = *owner->admin_,
                                                .target = owner->target_,
                                                .settings = settings,
                                                .home = home.home,
                                                .backups = options.backups.empty() ? usual : options.backups,
                                                .more_backups = std::move(more),
                                                .state = state,
                                                .clock = clock,
                                                .pause = std::move(pause)});
  return owner;
}

}  // namespace fleet::agent
