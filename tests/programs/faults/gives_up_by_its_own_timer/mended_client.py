import socket

s = socket.socket()
s.connect(("server", 12345))
s.settimeout(5)
s.sendall(b"how are you?\n")
print(s.recv(1024).decode())
s.close()
