import socket

s = socket.create_connection(("server", 12345))
for question in [b"hello\n", b"are you there?\n"]:
    s.sendall(question)
    print(s.recv(1024).decode())
