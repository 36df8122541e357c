#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

#include "coordinator/ctl/commands.h"
#include "coordinator/ctl/json_view.h"

namespace fleet::coordinator {

void Session::Print(const std::string& text) const {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void Session::Print(const google::protobuf::Message& message, const std::string& text) const {
  if (!json) return Print(text);
  nlohmann::ordered_json view = ToJsonView(message);
  view.erase("next_page_token");  // pages have been joined
  Print(JsonDocument(view));
}

void Session::Note(const std::string& text) const { std::fprintf(stderr, "note: %s\n", text.c_str()); }

void Session::Pause() const { std::this_thread::sleep_for(std::chrono::milliseconds(500)); }

std::string PersonAtWork() {
  const char* user = std::getenv("USER");
  return user != nullptr && *user != '\0' ? user : "uid " + std::to_string(getuid());
}

}  // namespace fleet::coordinator
