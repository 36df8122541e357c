#include <grpcpp/client_context.h>

#include <nlohmann/json.hpp>

#include "coordinator/ctl/commands.h"
#include "coordinator/ctl/event_text.h"
#include "coordinator/ctl/json_view.h"

namespace fleet::coordinator {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kConnectionWait{5'000};

grpc::Status PrintEvents(Session& session) {
  grpc::ClientContext context;
  const auto reader = session.client.stub().Watch(&context, v1::WatchRequest());
  v1::FleetEvent event;
  while (reader->Read(&event)) {
    session.Print(session.json ? JsonLine(ToJsonView(event)) : EventText(event, session.screen));
  }
  return reader->Finish();
}

Outcome Watch(Session& session) {
  if (!session.client.WaitForConnection(kConnectionWait)) {
    return session.client.Explain(grpc::Status(grpc::StatusCode::UNAVAILABLE, "no connection"));
  }
  for (;;) {
    const grpc::Status status = PrintEvents(session);
    if (!status.ok() && status.error_code() != grpc::StatusCode::UNAVAILABLE) return session.client.Explain(status);
    session.Note("the coordinator went away; changes until it is back are not shown; trying again");
    do {
      session.Pause();
    } while (!session.client.WaitForConnection(kConnectionWait));
    session.Note("connected again; look anew with dgmoctl overview");
  }
}

}  // namespace

void AddWatchCommand(CLI::App& app, Command& chosen) {
  CLI::App* watch = app.add_subcommand("watch", "Changes as they happen, one line each, until Ctrl-C");
  watch->callback([&chosen] { chosen = Watch; });
}

}  // namespace fleet::coordinator
