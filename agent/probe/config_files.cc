#include "agent/probe/config_files.h"

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "agent/probe/confined_read.h"
#include "agent/probe/toml_text.h"
#include "agent/store/directory.h"
#include "common/sha256.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

using nlohmann::json;

ConfigDialect DialectOf(const std::string& app) {
  return app == "dgmo" ? ConfigDialect::kDgmo : ConfigDialect::kOpencode;
}

// What dgmo makes of its old file: all but the two keys that became one. Null when it is no TOML; dgmo ignores it then.
json LegacyValue(std::string_view text) {
  std::string fault;
  const std::optional<toml::table> table = ParseToml(text, fault);
  if (!table) return nullptr;
  std::ostringstream stream;
  stream << toml::json_formatter{*table};
  json value = json::parse(stream.str(), nullptr, /*allow_exceptions=*/false);
  if (!value.is_object()) return nullptr;
  const json provider = value.value("provider", json());
  const json model = value.value("model", json());
  value.erase("provider");
  value.erase("model");
  if (provider.is_string() && model.is_string()) {
    value["model"] = provider.get<std::string>() + "/" + model.get<std::string>();
  }
  return value;
}

void Keep(ConfigFile file, std::string_view bytes, json value, ConfigReading& reading) {
  file.sha256 = Sha256Hex(bytes);
  const auto servers = value.is_object() ? value.find("mcp") : value.end();
  if (value.is_object() && servers != value.end() && servers->is_object()) {
    for (const auto& [name, server] : servers->items()) file.servers.push_back(name);
  }
  reading.layers.push_back({file.path, file.project, std::move(value)});
  reading.files.push_back(std::move(file));
}

void KeepJson(ConfigFile file, const absl::Status& read, std::string_view bytes, HomeModel& home,
              ConfigReading& reading) {
  if (ErrnoOf(read) == ENOENT) return;
  json value;
  if (read.code() == absl::StatusCode::kResourceExhausted && file.stat.size > 0) {
    const std::int64_t limit = SizeLimit(DocumentClass::kConfig);
    file.document.fault = Fault{FaultKind::kOversize, std::nullopt,
                                std::to_string(file.stat.size) + " bytes, the limit is " + std::to_string(limit)};
  } else if (!read.ok()) {
    home.unreadable[file.path] = {ErrnoOf(read), false};
    return;
  } else {
    file.document = ReadConfigDocument(bytes, DialectOf(file.app), value);
  }
  Keep(std::move(file), bytes, std::move(value), reading);
}

}  // namespace

void ReadGlobalConfig(const std::string& app, HomeModel& home, ConfigReading& reading) {
  const std::string folder = home.home.config_home + "/" + app;
  const int error = ErrnoOf(Directory::OpenRoot(folder).status());
  if (error == ENOENT || error == ENOTDIR) return;
  if (error != 0) {
    home.unreadable[folder] = {error, true};
    return;
  }
  ConfigFile file;
  file.app = app;
  file.path = folder + "/config.json";
  PaddedText bytes;
  absl::Status read = ReadInHome(home.home, file.path, SizeLimit(DocumentClass::kConfig), bytes, file.stat);
  if (read.code() == absl::StatusCode::kPermissionDenied && ErrnoOf(read) == 0) {
    home.unknown.push_back(file.path);
  } else {
    KeepJson(file, read, bytes.view(), home, reading);
  }
  file.path = folder + "/config";
  file.legacy = true;
  read = ReadInHome(home.home, file.path, SizeLimit(DocumentClass::kConfig), bytes, file.stat);
  if (!read.ok()) return;
  json value = LegacyValue(bytes.view());
  if (value.is_null()) return;
  file.document.violations = ViolationsOf(value, DialectOf(app));
  Keep(std::move(file), bytes.view(), std::move(value), reading);
}

void ReadProjectConfig(const std::string& app, const Project& project, HomeModel& home, ConfigReading& reading) {
  std::vector<std::string> folders = {project.root};
  for (std::size_t at = project.root.size(); at < project.directory.size();) {
    at = std::min(project.directory.find('/', at + 1), project.directory.size());
    folders.push_back(project.directory.substr(0, at));
  }
  for (const std::string& name : {app + ".jsonc", app + ".json"}) {
    for (const std::string& folder : folders) {
      ConfigFile file;
      file.app = app;
      file.project = project.root;
      file.path = (folder == "/" ? "" : folder) + "/" + name;
      for (const ConfigFile& known : reading.files) {
        if (known.path == file.path) file.path.clear();
      }
      if (file.path.empty()) continue;
      PaddedText bytes;
      const absl::Status read = ReadWithoutLinks(file.path, SizeLimit(DocumentClass::kConfig), bytes, file.stat);
      if (ErrnoOf(read) == ELOOP || ErrnoOf(read) == ENOTDIR) {
        home.unknown.push_back(file.path);
      } else {
        KeepJson(std::move(file), read, bytes.view(), home, reading);
      }
    }
  }
}

}  // namespace fleet::agent
