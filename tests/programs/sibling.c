// Its child, which it made before it had a socket, makes one more process: a child of its parent's, its sibling.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void talk(void) {
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(12345)};
  inet_pton(AF_INET, "192.168.1.6", &server.sin_addr);
  int client = socket(AF_INET, SOCK_STREAM, 0);
  connect(client, (struct sockaddr *)&server, sizeof server);
  write(client, "hi", 2);
  close(client);
}

int main(void) {
  int go[2];
  char byte;
  if (pipe(go) != 0)
    return 1;
  if (fork() == 0) {
    read(go[0], &byte, 1);
    if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0)
      talk();
    _exit(0);
  }
  close(socket(AF_INET, SOCK_STREAM, 0));
  write(go[1], "x", 1);
  while (wait(0) > 0) {
  }
  return 0;
}
