/* A farm of modules on pseudo-terminals, for the bench: a program of its own, so that its cost is in no figure.
 *
 *     farm MODULES FOLDER ANSWER_US BRIDGE_US
 *
 * Makes the links FOLDER/m0001 … and answers as a Quectel EC25 does: ANSWER_US microseconds for each command of a line
 * (a module works the commands of a chain one after the other), and BRIDGE_US more for each line. Takes orders on stdin,
 * one a line, and answers each by a line with the time (CLOCK_MONOTONIC, ns) at which it was carried out:
 *
 *     pull N, pullq N       the card of module N goes, with a URC or without (q)
 *     insert N              another card comes
 *     urc US                every module says +CREG, spread over so many microseconds
 *     switch, register      every module gets another card and loses its network; every module has a network again
 *     mute A B, unmute A B  modules A to B say nothing more; speak again
 *     unplug N, plug N      the link of a module goes; comes
 *     reset                 counts from 0 again
 *     stats                 lines, commands, ns at work, and when the last answer was sent, for each module
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 512, TEXT = 2048, STDIN = 1 << 20, TIMER };

struct module {
    int master, slave, card, absent, registered, mute;
    char line[LINE], asked[LINE];
    int length, waiting;
    int64_t due, began, urc_at;
    long lines, commands;
    int64_t at_work, last;
};

static struct module *modules;
static int count;
static int64_t answer_ns, bridge_ns;
static const char *folder;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* The digits with their check digit (Luhn) behind them. */
static void checked(char *out, const char *digits) {
    int sum = 0, size = (int)strlen(digits);
    for (int i = 0; i < size; i++) {
        int digit = digits[size - 1 - i] - '0';
        if (i % 2 == 0) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    sprintf(out, "%s%d", digits, (10 - sum % 10) % 10);
}

static int is(const char *command, const char *wanted) { return strcmp(command, wanted) == 0; }

/* What module `i` says to one command (without AT) is added to `out`; 0 for an error, which is added too. */
static int reply(int i, const char *command, char *out) {
    struct module *m = &modules[i];
    int card = i + 1 + 4096 * m->card;
    char digits[32], whole[32];
    out += strlen(out);
    if (m->absent && (is(command, "+CPIN?") || is(command, "+QCCID") || is(command, "+CIMI") || is(command, "+CNUM") ||
                      strncmp(command, "+CRSM", 5) == 0)) {
        sprintf(out, "\r\n+CME ERROR: 10\r\n");
        return 0;
    }
    if (is(command, "I")) {
        sprintf(out, "\r\nQuectel\r\nEC25\r\nRevision: EC25EFAR02A09M4G\r\n");
    } else if (is(command, "+CGSN")) {
        sprintf(digits, "86123400%06d", i + 1);
        checked(whole, digits);
        sprintf(out, "\r\n%s\r\n", whole);
    } else if (is(command, "+CPIN?")) {
        sprintf(out, "\r\n+CPIN: READY\r\n");
    } else if (is(command, "+QCCID")) {
        sprintf(digits, "894612%012d", card);
        checked(whole, digits);
        sprintf(out, "\r\n+QCCID: %s\r\n", whole);
    } else if (is(command, "+CIMI")) {
        sprintf(out, "\r\n24012%010d\r\n", card);
    } else if (is(command, "+CREG?") || is(command, "+CEREG?")) {
        sprintf(out, m->registered ? "\r\n%.*s: 2,1,\"4CA\",\"81DE445\",7\r\n" : "\r\n%.*s: 2,2\r\n",
                (int)strlen(command) - 1, command);
    } else if (is(command, "+CNUM")) {
        sprintf(out, "\r\n+CNUM: ,\"+4670%07d\",145\r\n", card);
    } else if (is(command, "+CRSM=192,28480")) {
        sprintf(out, "\r\n+CRSM: 144,0,\"620782054221001C01\"\r\n");
    } else if (strncmp(command, "+CRSM=178,28480", 15) == 0) {
        sprintf(digits, "4670%07dF", card);
        for (int at = 0; at < 12; at += 2) whole[at] = digits[at + 1], whole[at + 1] = digits[at];
        sprintf(out, "\r\n+CRSM: 144,0,\"FFFFFFFFFFFFFFFFFFFFFFFFFFFF0791%.12sFFFFFFFFFFFF\"\r\n", whole);
    } else if (is(command, "+CSQ")) {
        sprintf(out, "\r\n+CSQ: 24,99\r\n");
    } else if (is(command, "+COPS?")) {
        sprintf(out, "\r\n+COPS: 0,0,\"TELE2\",7\r\n");
    } else if (is(command, "+CFUN?")) {
        sprintf(out, "\r\n+CFUN: 1\r\n");
    } else if (*command && !is(command, "E0V1Q0") && !is(command, "Q0") && !strchr(command, '=')) {
        sprintf(out, "\r\nERROR\r\n");
        return 0;
    }
    return 1;
}

static void say(int i, const char *text) {
    if (write(modules[i].master, text, strlen(text)) < 0 && errno != EAGAIN) perror("write");
}

/* A whole command line has come: note when its answer is due. */
static void heard(int i) {
    struct module *m = &modules[i];
    int commands = 1;
    if (m->mute || strncmp(m->line, "AT", 2) != 0) return;
    for (const char *at = m->line; (at = strchr(at, ';')); at++) commands++;
    strcpy(m->asked, m->line + 2);
    m->began = now();
    m->due = m->began + bridge_ns + commands * answer_ns;
    m->waiting = 1;
    m->lines++;
    m->commands += commands;
}

/* Answer what was asked, as things are now: an answer does not lag behind a URC. */
static void answer(int i) {
    struct module *m = &modules[i];
    char text[TEXT] = "", *rest = m->asked;
    int good = 1;
    while (good && rest) good = reply(i, strsep(&rest, ";"), text);
    if (good) strcat(text, "\r\nOK\r\n");
    say(i, text);
    m->waiting = 0;
    m->last = now();
    m->at_work += m->last - m->began;
}

static void readable(int i) {
    struct module *m = &modules[i];
    char bytes[LINE];
    ssize_t got = read(m->master, bytes, sizeof bytes);
    for (ssize_t at = 0; at < got; at++) {
        if (bytes[at] == '\r') {
            m->line[m->length] = 0;
            m->length = 0;
            heard(i);
        } else if (m->length < LINE - 1) {
            m->line[m->length++] = bytes[at];
        }
    }
}

static void answer_those_due(int64_t at) {
    for (int i = 0; i < count; i++) {
        struct module *m = &modules[i];
        if (m->waiting && m->due <= at) answer(i);
        if (m->urc_at && m->urc_at <= at) {
            say(i, "\r\n+CREG: 1,\"4CA\",\"81DE445\",7\r\n");
            m->urc_at = 0;
        }
    }
}

static void set_timer(int timer) {
    int64_t first = 0;
    for (int i = 0; i < count; i++) {
        if (modules[i].waiting && (!first || modules[i].due < first)) first = modules[i].due;
        if (modules[i].urc_at && (!first || modules[i].urc_at < first)) first = modules[i].urc_at;
    }
    struct itimerspec when = {.it_value = {first / 1000000000, first % 1000000000}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void link_module(int i, int there) {
    char path[LINE];
    snprintf(path, sizeof path, "%s/m%04d", folder, i + 1);
    unlink(path);
    if (there && symlink(ptsname(modules[i].master), path)) perror(path);
}

static void stats(void) {
    for (int i = 0; i < count; i++) {
        struct module *m = &modules[i];
        printf("%s%ld,%ld,%lld,%lld", i ? " " : "", m->lines, m->commands, (long long)m->at_work, (long long)m->last);
    }
    printf("\n");
}

static void to_all(const char *order, long a) {
    for (int i = 0; i < count; i++) {
        struct module *m = &modules[i];
        if (is(order, "urc")) m->urc_at = now() + a * 1000LL * i / count;
        if (is(order, "reset")) m->lines = m->commands = 0, m->at_work = m->last = 0;
        if (is(order, "switch")) m->card++, m->registered = 0, say(i, "\r\n+CPIN: READY\r\n");
        if (is(order, "register")) m->registered = 1, say(i, "\r\n+CREG: 1,\"4CA\",\"81DE445\",7\r\n");
    }
}

static void obey(char *text) {
    char order[16] = "";
    long a = 0, b = 0;
    if (sscanf(text, "%15s %ld %ld", order, &a, &b) < 1) return;
    int i = (int)a - 1, one = i >= 0 && i < count;
    if (is(order, "stats")) {
        stats();
        fflush(stdout);
        return;
    }
    if (one && (is(order, "pull") || is(order, "pullq"))) {
        modules[i].absent = 1;
        if (is(order, "pull")) say(i, "\r\n+CPIN: NOT INSERTED\r\n");
    } else if (one && is(order, "insert")) {
        modules[i].absent = 0;
        modules[i].card++;
        say(i, "\r\n+CPIN: READY\r\n");
    } else if (one && (is(order, "mute") || is(order, "unmute"))) {
        for (long each = a; each <= b && each <= count; each++) modules[each - 1].mute = is(order, "mute");
    } else if (one && (is(order, "plug") || is(order, "unplug"))) {
        link_module(i, is(order, "plug"));
    } else {
        to_all(order, a);
    }
    printf("%lld\n", (long long)now());
    fflush(stdout);
}

static void make_module(int i, int epoll) {
    struct module *m = &modules[i];
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    struct termios raw;
    m->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (m->master < 0 || grantpt(m->master) || unlockpt(m->master)) perror("pty"), exit(1);
    m->slave = open(ptsname(m->master), O_RDWR | O_NOCTTY); /* else nobody there would be an error */
    tcgetattr(m->slave, &raw);
    cfmakeraw(&raw);
    tcsetattr(m->slave, TCSANOW, &raw);
    m->registered = 1;
    link_module(i, 1);
    epoll_ctl(epoll, EPOLL_CTL_ADD, m->master, &event);
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    count = atoi(argv[1]);
    folder = argv[2];
    answer_ns = atoll(argv[3]) * 1000;
    bridge_ns = atoll(argv[4]) * 1000;
    modules = calloc((size_t)count, sizeof *modules);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int epoll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = STDIN}, events[256];
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event);
    event.data.u32 = TIMER;
    epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event);
    for (int i = 0; i < count; i++) make_module(i, epoll);
    printf("%lld\n", (long long)now());
    fflush(stdout);
    char orders[1 << 16];
    size_t have = 0;
    for (;;) {
        int got = epoll_wait(epoll, events, 256, -1);
        for (int at = 0; at < got; at++) {
            uint32_t which = events[at].data.u32;
            if (which == STDIN) {
                ssize_t more = read(0, orders + have, sizeof orders - 1 - have);
                if (more <= 0) return 0;
                have += (size_t)more;
                orders[have] = 0;
                char *line = orders, *end;
                for (; (end = strchr(line, '\n')); line = end + 1) *end = 0, obey(line);
                have = strlen(line);
                memmove(orders, line, have + 1);
            } else if (which == TIMER) {
                uint64_t expired;
                if (read(timer, &expired, sizeof expired) < 0 && errno != EAGAIN) perror("timer");
            } else {
                readable((int)which);
            }
        }
        answer_those_due(now());
        set_timer(timer);
    }
}
