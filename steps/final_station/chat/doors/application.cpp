#include "application.hpp"

#include "chat/live/hub.hpp"
#include "chat/webhooks/webhooks.hpp"
#include "routes.hpp"

namespace station::chat {
namespace {

constexpr const char* kFolder = "/chat";

std::string rebuild_words(std::uint64_t events, std::uint64_t of) {
    return "the chat's tables are made from the ledger: " + std::to_string(events) + " of " + std::to_string(of) +
           " events";
}

}  // namespace

Application::Application() = default;

tl::expected<std::unique_ptr<Application>, std::string> Application::open(ApplicationOptions options) {
    auto site = Site::from(options.url);
    if (!site) return tl::unexpected("--chat-url: " + site.error());
    const auto rate = RateLimit::parse(options.rate);
    if (!rate) return tl::unexpected("--chat-rate: " + rate.error());
    Chat::Config config;
    config.dir = options.dir;
    config.durability = options.durability;
    config.rate = *rate;
    config.logger = options.logger;
    config.progress = [logger = options.logger](std::uint64_t events, std::uint64_t of) {
        if (logger) logger(log::Severity::info, rebuild_words(events, of));
    };
    std::unique_ptr<Application> application{new Application};
    config.appended = [its = application.get()](const Messages::Posted& posted) { its->webhooks_->appended(posted); };
    application->hub_ = std::make_unique<Hub>();
    config.listener = [hub = application->hub_.get()](const Changes& changes) { hub->changed(changes); };
    auto chat = Chat::open(std::move(config));
    if (!chat) return tl::unexpected("the chat can't be opened: " + chat.error().message());
    application->chat_ = std::move(*chat);
    Hub& hub = *application->hub_;
    hub.begin(*application->chat_);
    Webhooks::Config webhooks;
    webhooks.allow_private = options.allow_private_webhooks;
    webhooks.logger = options.logger;
    application->webhooks_ = std::make_unique<Webhooks>(*application->chat_, std::move(webhooks));
    application->doors_.reset(new Doors{*application->chat_, std::move(*site)});
    application->doors_->is_online = [&hub](const Id& user) { return hub.online(user); };
    application->doors_->seen = [&hub](const Id& user, const Id& room) { return hub.seen(user, room); };
    return application;
}

Application::~Application() { (void)stop(); }

void Application::add_to(final_station::WebPort& web) {
    web.open_folder = kFolder;
    web.is_behind_proxy = site().is_given();
    add_page_routes(web.routes);
    add_session_routes(web.routes, *doors_);
    add_user_routes(web.routes, *doors_);
    add_room_routes(web.routes, *doors_);
    add_message_routes(web.routes, *doors_);
    add_search_routes(web.routes, *doors_);
    add_proof_routes(web.routes, *doors_);
    add_bot_routes(web.routes, *doors_);
    web.web_sockets.push_back(web_socket_route(*doors_, *hub_));
}

void Application::start() {
    chat_->start();
    webhooks_->start();
}

std::string Application::setup_link(std::string_view listening) const {
    const std::string& code = chat_->accounts().setup_code();
    return code.empty() ? code : site().beginning(listening) + kFolder + "/#setup=" + code;
}

std::error_code Application::stop() {
    if (chat_ == nullptr) return {};
    hub_->stop();
    if (webhooks_ != nullptr) webhooks_->stop();
    const auto closed = chat_->stop();
    return closed ? std::error_code{} : closed.error().code;
}

}  // namespace station::chat
