import socket
import struct

s = socket.socket()
s.connect(("server", 12345))
message = b"hello world"
s.sendall(struct.pack("!I", len(message)) + message)
print(s.recv(1024).decode())
s.close()
