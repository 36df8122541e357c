#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include <CLI/App.hpp>
#include <cstdint>
#include <string>

#include "coordinator/ctl/fleet_client.h"
#include "coordinator/ctl/screen.h"

namespace fleet::coordinator {

// What every command is given. One thread.
struct Session {
  FleetClient& client;
  bool json = false;
  Screen screen;

  // To stdout at once, so that a pipe sees each line as it happens.
  void Print(const std::string& text) const;
  // The document with --json, else the text.
  void Print(const google::protobuf::Message& message, const std::string& text) const;
  // To stderr, for what a person should know and a script need not.
  void Note(const std::string& text) const;
  // Half a second, before asking again.
  void Pause() const;
};

// Who uses this program, as the environment says.
std::string PersonAtWork();

// The exit status of the program, or why it could not ask (exit status 2).
using Outcome = absl::StatusOr<int>;
using Command = absl::AnyInvocable<Outcome(Session&)>;

inline constexpr int kFine = 0;
inline constexpr int kSomethingIsWrong = 1;
inline constexpr int kCouldNotAsk = 2;

// Each adds one family of commands; the one that was called is left in `chosen`.
void AddOverviewCommand(CLI::App& app, Command& chosen);
void AddAgentCommands(CLI::App& app, Command& chosen);
void AddIncidentCommands(CLI::App& app, Command& chosen);
void AddNoticeCommand(CLI::App& app, Command& chosen);
void AddDispatchCommands(CLI::App& app, Command& chosen);
void AddWatchCommand(CLI::App& app, Command& chosen);

}  // namespace fleet::coordinator
