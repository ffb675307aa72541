/* A client that gives its connection up without close, in the way that it is told: by ending, by a signal, in
   a thread that calls exit, by close_range, by execve. And a server that reads to the end, waiting by epoll,
   with the set and the connection inherited from its parent. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockaddr_in address(void) {
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(12345)};
    inet_pton(AF_INET, "192.168.1.6", &where.sin_addr);
    return where;
}

static int serve(void) {
    struct sockaddr_in where = address();
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&where, sizeof where) || listen(listener, 1)) return 1;
    int connection = accept(listener, NULL, NULL);
    int set = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(set, EPOLL_CTL_ADD, connection, &event);
    if (fork() == 0) {
        char room[16];
        int other = dup(set);
        close(set);
        while (epoll_wait(other, &event, 1, -1) == 1 && read(connection, room, sizeof room) > 0);
        _exit(0);
    }
    close(connection);
    wait(NULL);
    return 0;
}

static void *leave(void *unused) {
    (void)unused;
    exit(0);
}

static int ask(const char *how) {
    struct sockaddr_in where = address();
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)&where, sizeof where) || write(s, "hello", 5) != 5) return 1;
    if (!strcmp(how, "signal")) {
        raise(SIGKILL);
    } else if (!strcmp(how, "thread")) {
        pthread_t thread;
        pthread_create(&thread, NULL, leave, NULL);
        pause();
    } else if (!strcmp(how, "close_range")) {
        if (syscall(SYS_close_range, 3, ~0u, 0)) return 1;
        usleep(20000);
    } else if (!strcmp(how, "execve")) {
        if (syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC)) return 1;
        execl("/bin/sh", "sh", "-c", "sleep 0.02", NULL);
    }
    return 0;
}

int main(int count, char **words) {
    return count == 1 ? serve() : ask(words[1]);
}
