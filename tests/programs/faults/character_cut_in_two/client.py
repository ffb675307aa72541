import socket

s = socket.socket()
s.connect(("server", 12345))
s.sendall("春眠不觉晓，处处闻啼鸟。".encode())
s.close()
