#include "agent/qdrant/system_bus.h"

#include <dlfcn.h>

#include <cerrno>
#include <cstdint>
#include <memory>

#include "agent/qdrant/reason.h"
#include "common/status.h"
#include "common/utf8.h"

// From libsystemd's stable interface (LIBSYSTEMD_221), declared here so that its headers are not needed to build.
struct sd_bus;
struct sd_bus_message;
struct sd_bus_error {
  const char* name;
  const char* message;
  int need_free;
};

namespace fleet::agent {

namespace {

constexpr char kLibrary[] = "libsystemd.so.0";
constexpr char kService[] = "org.freedesktop.systemd1";
constexpr char kPath[] = "/org/freedesktop/systemd1";
constexpr char kManager[] = "org.freedesktop.systemd1.Manager";

class Library {
 public:
  Library() : handle_(dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) return;
    Find("sd_bus_open_user", open_user);
    Find("sd_bus_open_system", open_system);
    Find("sd_bus_flush_close_unref", close);
    Find("sd_bus_call_method", call_method);
    Find("sd_bus_message_read", read);
    Find("sd_bus_message_unref", unref);
    Find("sd_bus_error_free", error_free);
  }
  ~Library() {
    if (handle_ != nullptr) dlclose(handle_);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  bool is_whole() const { return handle_ != nullptr && is_whole_; }

  int (*open_user)(sd_bus**) = nullptr;
  int (*open_system)(sd_bus**) = nullptr;
  sd_bus* (*close)(sd_bus*) = nullptr;
  int (*call_method)(sd_bus*, const char*, const char*, const char*, const char*, sd_bus_error*, sd_bus_message**,
                     const char*, ...) = nullptr;
  int (*read)(sd_bus_message*, const char*, ...) = nullptr;
  sd_bus_message* (*unref)(sd_bus_message*) = nullptr;
  void (*error_free)(sd_bus_error*) = nullptr;

 private:
  template <class Function>
  void Find(const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(handle_, name));
    is_whole_ = is_whole_ && function != nullptr;
  }

  void* handle_;
  bool is_whole_ = true;
};

// One connection to a manager, and the calls that are needed of it.
class Connection {
 public:
  Connection() = default;
  ~Connection() {
    if (bus_ != nullptr) library_.close(bus_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  absl::Status Open(ServiceManager manager) {
    if (!library_.is_whole()) return Unavailable("this machine has no systemd: " + std::string(kLibrary));
    const int result = manager == ServiceManager::kUser ? library_.open_user(&bus_) : library_.open_system(&bus_);
    return result < 0 ? FromErrno(-result, "cannot reach systemd over D-Bus") : absl::OkStatus();
  }

  // A method that takes texts and gives the path of an object.
  absl::StatusOr<std::string> Call(const char* method, const std::string& first, const char* second) {
    sd_bus_error error = {};
    sd_bus_message* reply = nullptr;
    const int result = second == nullptr ? library_.call_method(bus_, kService, kPath, kManager, method, &error, &reply,
                                                                "s", first.c_str())
                                         : library_.call_method(bus_, kService, kPath, kManager, method, &error, &reply,
                                                                "ss", first.c_str(), second);
    std::string text;
    absl::Status status;
    if (result < 0) {
      name_ = error.name == nullptr ? "" : error.name;
      status = FromErrno(-result, std::string("systemd did not do ") + method + " " + ToUtf8(first));
    } else {
      const char* path = nullptr;
      if (library_.read(reply, "o", &path) >= 0 && path != nullptr) text = path;
      library_.unref(reply);
    }
    library_.error_free(&error);
    if (!status.ok()) return status;
    return text;
  }

  // Of the last call that failed.
  const std::string& error_name() const { return name_; }

 private:
  Library library_;
  sd_bus* bus_ = nullptr;
  std::string name_;
};

}  // namespace

absl::StatusOr<bool> HasUnit(ServiceManager manager, const std::string& unit) {
  Connection connection;
  RETURN_IF_ERROR(connection.Open(manager));
  // Loads nothing: a unit that was never started is known by its file.
  const absl::StatusOr<std::string> state = connection.Call("GetUnitFileState", unit, nullptr);
  if (state.ok()) return true;
  if (ErrnoOf(state.status()) == ENOENT || connection.error_name() == "org.freedesktop.DBus.Error.FileNotFound") {
    return false;
  }
  return state.status();
}

absl::Status RestartUnit(ServiceManager manager, const std::string& unit) {
  Connection connection;
  RETURN_IF_ERROR(connection.Open(manager));
  const absl::StatusOr<std::string> job = connection.Call("RestartUnit", unit, "replace");
  if (job.ok()) return absl::OkStatus();
  const std::string& name = connection.error_name();
  if (name.find("AccessDenied") != std::string::npos || name.find("InteractiveAuthorization") != std::string::npos ||
      absl::IsPermissionDenied(job.status())) {
    return Fail("systemd_denied", "systemd does not let this user restart " + ToUtf8(unit) +
                                      "; have an administrator do it (systemctl restart " + ToUtf8(unit) + ")");
  }
  return job.status();
}

}  // namespace fleet::agent
